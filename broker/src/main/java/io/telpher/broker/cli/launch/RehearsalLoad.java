package io.telpher.broker.cli.launch;

import io.telpher.client.RetryAfter;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What most brokers are asked for, for a few seconds and in this process: Java notes how each method is used and which are used much, and an archive that keeps
 * these notes lets the next start compile the right code sooner. Notes are hints: code that was compiled by a wrong one is thrown away when it is run.
 *
 * <p>First as many trips at once as fit into the window, then one at a time, since a broker with little to do works in other ways (batches of one record, steps on
 * the thread of the network).
 */
final class RehearsalLoad {
    private static final String QUEUE = "rehearsal-load";
    private static final int CONNECTIONS = 2;

    /** Tasks that may be submitted and not acknowledged yet, of each producer. */
    private static final int WINDOW = 256;

    private static final int WORKER_TASKS = 32;
    private static final int PAYLOAD_BYTES = 2048;

    /** So at most 350 MiB are written, however quick the machine is. */
    private static final int TASKS_MAX = 160_000;

    /** One task of this number fails once. */
    private static final int NACK_EVERY = 200;

    private static final int HTTP_EVERY = 400;

    /** Of these parts of the time, the last is for one task at a time. */
    private static final int PARTS = 3;

    private static final int STUCK_SECONDS = 30;
    private static final int STUCK_MS = STUCK_SECONDS * 1000;
    private static final List<String> PATHS =
            List.of("/api/v1/queues", "/api/v1/queues/" + QUEUE, "/api/v1/tasks/t-1", "/metrics", "/readyz");

    private final String url;
    private final String http;
    private final long beganNanos = System.nanoTime();
    private final long nanos;
    private final byte[] payload = new byte[PAYLOAD_BYTES];

    /**
     * Of a broker that runs already.
     *
     * @param url of its binary port
     * @param http address of its HTTP port
     */
    RehearsalLoad(String url, String http, Duration longest) {
        this.url = url;
        this.http = http;
        nanos = longest.toNanos();
        new Random(1).nextBytes(payload);
    }

    /** Returns when the time is over and all tasks are done. */
    void run() throws Exception {
        Semaphore room = new Semaphore(CONNECTIONS * WINDOW);
        try (Telpher producer = Telpher.connect(url);
                Telpher second = Telpher.connect(url);
                Worker worker = work(producer, room);
                Worker other = work(second, room)) {
            atOnce(List.of(producer, second), room);
            oneByOne(producer, room);
            take(room, CONNECTIONS * WINDOW);
        }
    }

    private static Worker work(Telpher telpher, Semaphore room) {
        return telpher.worker(QUEUE).concurrency(WORKER_TASKS).start(task -> {
            if (task.attempt() == 1 && TaskId.sequence(task.taskId()) % NACK_EVERY == 0) {
                throw new RetryAfter(Duration.ZERO, "this attempt fails");
            }
            room.release();
            return null;
        });
    }

    private void atOnce(List<Telpher> producers, Semaphore room) throws Exception {
        long until = nanos / PARTS * (PARTS - 1);
        for (int i = 0; i < TASKS_MAX && System.nanoTime() - beganNanos < until; i++) {
            take(room, 1);
            submit(producers.get(i % producers.size()), room);
            if (i % HTTP_EVERY == 0) {
                get(PATHS.get(i / HTTP_EVERY % PATHS.size()));
            }
        }
        take(room, CONNECTIONS * WINDOW);
        room.release(CONNECTIONS * WINDOW);
    }

    private void oneByOne(Telpher producer, Semaphore room) throws Exception {
        for (int i = 0; i < TASKS_MAX && System.nanoTime() - beganNanos < nanos; i++) {
            take(room, 1);
            submit(producer, room).get(STUCK_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** A refusal gives its place back: of several nodes another may have come to lead. */
    private CompletableFuture<?> submit(Telpher producer, Semaphore room) {
        return producer.submitAsync(TaskSpec.type(QUEUE).queue(QUEUE).payload(payload))
                .handle((submission, refused) -> {
                    if (refused != null) {
                        room.release();
                    }
                    return submission;
                });
    }

    /** A rehearsal that hangs must end, and say that it is none. */
    private static void take(Semaphore room, int count) throws InterruptedException, TimeoutException {
        if (!room.tryAcquire(count, STUCK_SECONDS, TimeUnit.SECONDS)) {
            throw new TimeoutException("no task was done for " + STUCK_SECONDS + " s");
        }
    }

    /** Whatever the answer is: a node that does not lead says so. */
    private void get(String path) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create("http://" + http + path).toURL().openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout(STUCK_MS);
        connection.setReadTimeout(STUCK_MS);
        try (InputStream in = connection.getResponseCode() < HttpURLConnection.HTTP_BAD_REQUEST
                ? connection.getInputStream()
                : connection.getErrorStream()) {
            if (in != null) {
                in.readAllBytes();
            }
        }
    }
}
