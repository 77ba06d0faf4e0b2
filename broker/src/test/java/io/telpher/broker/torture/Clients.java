package io.telpher.broker.torture;

import io.telpher.client.ReservedTask;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Backoff;
import io.telpher.protocol.OnDisconnect;
import io.telpher.protocol.Result;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.QueuePolicyFields;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** All producers and workers, each with a connection of its own. */
final class Clients implements AutoCloseable {
    private static final int PRODUCERS = 5;
    private static final int WORKERS = 2;
    private static final int LIBRARY_WORKERS = 2;
    private static final int LEASE_MS = 2_000;

    private final String url;
    private final List<String> httpAddresses;
    private final History history;
    private final Traffic traffic;
    private final Random random;
    private final FollowUps followUps;
    private final List<Telpher> connections = new ArrayList<>();
    private final List<Thread> producers = new ArrayList<>();
    private final List<Thread> workers = new ArrayList<>();
    private final List<Worker> libraryWorkers = new ArrayList<>();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

    /** @param httpAddresses as {@code host:port} */
    Clients(String url, List<String> httpAddresses, History history, Traffic traffic, Random random) {
        this.url = url;
        this.httpAddresses = httpAddresses;
        this.history = history;
        this.traffic = traffic;
        this.random = random;
        followUps = new FollowUps(history, traffic, split());
    }

    /** Leases are short and retries never end, so that everything comes back soon and nothing dies of faults. */
    void makeQueues() {
        try (Telpher telpher = Telpher.connect(url)) {
            for (String queue : Traffic.QUEUES) {
                OnDisconnect onDisconnect = Traffic.isKept(queue) ? OnDisconnect.KEEP : OnDisconnect.RELEASE;
                telpher.operations()
                        .putQueue(
                                queue,
                                QueuePolicyFields.DEFAULT
                                        .with(PolicyField.VISIBILITY_TIMEOUT, LEASE_MS)
                                        .with(PolicyField.MAX_RETRIES, 1000)
                                        .with(PolicyField.BASE, 50)
                                        .with(PolicyField.CAP, 200)
                                        .with(PolicyField.FACTOR, 1000)
                                        .with(PolicyField.JITTER, 0)
                                        .with(Backoff.FIXED)
                                        .with(onDisconnect)
                                        .with(PolicyField.MAX_TASKS, 0)
                                        .with(PolicyField.MAX_CRASHES, 250));
            }
        }
    }

    void start() {
        for (int i = 0; i < PRODUCERS; i++) {
            producers.add(started("producer", new Producer(tcp(), history, traffic, split())));
            producers.add(started("producer", new Producer(new HttpApi(httpAddresses), history, traffic, split())));
        }
        for (String queue : Traffic.BY_HAND) {
            for (int i = 0; i < WORKERS; i++) {
                List<String> queues = i == 0 ? List.of(queue) : fromAll(queue);
                workers.add(started("worker", new TortureWorker(tcp(), queues, history, traffic, split())));
                Api http = new HttpApi(httpAddresses);
                workers.add(started("worker", new TortureWorker(http, List.of(queue), history, traffic, split())));
            }
        }
        for (int i = 0; i < LIBRARY_WORKERS; i++) {
            Telpher telpher = connected();
            libraryWorkers.add(telpher.worker(Traffic.LIBRARY).concurrency(4).start(this::handle));
        }
    }

    /** All of them in turn, this one first. */
    private static List<String> fromAll(String first) {
        List<String> queues = new ArrayList<>(Traffic.BY_HAND);
        Collections.rotate(queues, -queues.indexOf(first));
        return queues;
    }

    /**
     * Submits batches that each partition decides for all others, and waits for their answers. A partition hands over in order, so what an acknowledgement
     * owed before is there afterwards, too.
     */
    void settleHandOvers() {
        Producer producer = new Producer(tcp(), history, traffic, split());
        for (String first : Traffic.BY_HAND) {
            producer.submitBatch(fromAll(first));
        }
    }

    private Random split() {
        return new Random(random.nextLong());
    }

    private Api tcp() {
        return new TcpApi(connected());
    }

    private Telpher connected() {
        Telpher telpher = Telpher.connect(url);
        connections.add(telpher);
        return telpher;
    }

    private Thread started(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((dead, failure) -> failures.add(failure));
        thread.start();
        return thread;
    }

    /** What a user's handler does; the client's worker sends the ack and everything else. */
    private Result handle(ReservedTask task) {
        byte[] payload = task.payload();
        Api.Task followUp = followUps.next();
        history.add(TortureWorker.delivered(
                new Api.Held(task.taskId(), task.leaseId(), task.leaseMs(), task.attempt(), Traffic.LIBRARY, payload),
                0));
        history.add(Event.of(Event.Kind.ACK)
                .task(task.taskId())
                .lease(task.leaseId())
                .extra(FollowUps.submission(followUp)));
        if (followUp != null) {
            task.followUp(TcpApi.spec(followUp));
        }
        String result = task.leaseId() + " " + Payload.submission(payload);
        return Result.of("text/plain", result.getBytes(StandardCharsets.UTF_8));
    }

    /** What went wrong in a client; null when nothing did. */
    @Nullable
    Throwable failure() {
        return failures.peek();
    }

    void joinProducers() throws InterruptedException {
        join(producers);
    }

    void joinWorkers() throws InterruptedException {
        join(workers);
        libraryWorkers.forEach(worker -> worker.close(Duration.ofSeconds(10)));
    }

    private static void join(List<Thread> threads) throws InterruptedException {
        for (Thread thread : threads) {
            thread.join(TimeUnit.MINUTES.toMillis(5));
            if (thread.isAlive()) {
                throw new IllegalStateException("a " + thread.getName() + " got no answer in 5 minutes of peace");
            }
        }
    }

    @Override
    public void close() {
        traffic.stopSubmitting();
        traffic.stopWorking();
        libraryWorkers.forEach(Worker::cut);
        connections.forEach(Telpher::close);
    }
}
