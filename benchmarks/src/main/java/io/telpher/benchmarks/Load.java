package io.telpher.benchmarks;

import io.telpher.broker.cli.bench.OpenLoop;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.TaskSpec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/** Producers and workers, each on a connection of its own, and what they count. Payloads can't be compressed. */
final class Load implements AutoCloseable {
    static final String QUEUE = "load";
    private static final int PAYLOADS = 64;

    private static final int DIGITS = 3;

    /** The broker's clock counts whole milliseconds. */
    private static final long CLOCK_NANOS = 1_000_000;

    /**
     * @param pendingMax tasks that may be submitted and not handled yet
     * @param queues that tasks go to in turn, and all workers take from
     */
    record Shape(String url, int connections, int window, int size, int pendingMax, int queues) {
        String[] queueNames() {
            return IntStream.range(0, queues)
                    .mapToObj(i -> i == 0 ? QUEUE : QUEUE + "-" + i)
                    .toArray(String[]::new);
        }
    }

    private final Shape shape;
    private final String[] queues;
    private final byte[][] payloads = new byte[PAYLOADS][];
    private final List<Telpher> connections = new ArrayList<>();
    private final List<Worker> workers = new ArrayList<>();
    private final LongAdder submitted = new LongAdder();
    private final LongAdder handled = new LongAdder();
    private final AtomicInteger pending = new AtomicInteger();
    private final Queue<Telpher> held = new ConcurrentLinkedQueue<>();
    private final Recorder latencies = new Recorder(DIGITS);
    private volatile LongSupplier delay = () -> 0;
    private volatile boolean stopping;
    private volatile boolean finishing;
    private volatile boolean recording;
    private volatile @Nullable Throwable failure;

    Load(Shape shape) {
        this.shape = shape;
        this.queues = shape.queueNames();
        Random random = new Random(1);
        for (int i = 0; i < PAYLOADS; i++) {
            payloads[i] = new byte[shape.size()];
            random.nextBytes(payloads[i]);
        }
    }

    private Telpher connect() {
        Telpher connection = Telpher.connect(shape.url());
        connections.add(connection);
        return connection;
    }

    /** What {@link #produce} submits from here on is delayed by that. */
    void delay(LongSupplier delayMs) {
        delay = delayMs;
    }

    private TaskSpec task(byte[] payload, long number) {
        String queue = queues[(int) Math.floorMod(number, (long) queues.length)];
        return TaskSpec.type("work").queue(queue).payload(payload);
    }

    /** Closed loop: every reply sends the next submit, as far as few enough tasks are pending. */
    void produce() {
        for (int i = 0; i < shape.connections(); i++) {
            Telpher connection = connect();
            for (int k = 0; k < shape.window(); k++) {
                submitNext(connection);
            }
        }
    }

    private void submitNext(Telpher connection) {
        if (stopping || finishing) {
            return;
        }
        if (pending.get() >= shape.pendingMax()) {
            held.add(connection);
            return;
        }
        int number = pending.incrementAndGet();
        long start = System.nanoTime();
        connection
                .submitAsync(
                        task(payloads[Math.floorMod(number, PAYLOADS)], number).delayMs(delay.getAsLong()))
                .whenComplete((submission, refused) -> submitted(connection, start, refused));
    }

    private void submitted(Telpher connection, long startNanos, @Nullable Throwable refused) {
        if (refused != null) {
            fail(refused);
            return;
        }
        submitted.increment();
        if (workers.isEmpty()) {
            pending.decrementAndGet();
            record(startNanos);
        }
        submitNext(connection);
    }

    private void fail(Throwable cause) {
        if (!stopping) {
            failure = cause;
        }
    }

    private void record(long startNanos) {
        if (recording) {
            latencies.recordValue(Math.max(0, System.nanoTime() - startNanos));
        }
    }

    /** Workers whose handlers do nothing but count. */
    void work() {
        for (int i = 0; i < shape.connections(); i++) {
            workers.add(connect().worker(queues).concurrency(shape.window()).start(task -> {
                handled.increment();
                pending.decrementAndGet();
                Telpher waiting = held.poll();
                if (waiting != null) {
                    submitNext(waiting);
                }
                return null;
            }));
        }
    }

    /** Workers that take the time since the submit was due, which the payload starts with. */
    void workAndTime() {
        for (int i = 0; i < shape.connections(); i++) {
            workers.add(connect().worker(queues).concurrency(shape.window()).start(task -> {
                long due = ByteBuffer.wrap(task.payload()).getLong();
                if (due - System.nanoTime() > CLOCK_NANOS) {
                    fail(new IllegalStateException("task " + task.id() + " came too early"));
                }
                record(due);
                handled.increment();
                return null;
            }));
        }
    }

    /**
     * Open loop: a submit every so often, however late the replies are. Latency counts from the moment a submit was due, so what a stall held up
     * counts in full.
     */
    void produceAt(int ratePerSecond, long nanos) {
        produceAt(ratePerSecond, nanos, number -> 0);
    }

    /** @param delayMs of the task with this number; latency counts from its end */
    void produceAt(int ratePerSecond, long nanos, LongUnaryOperator delayMs) {
        Telpher[] producers = new Telpher[shape.connections()];
        for (int i = 0; i < producers.length; i++) {
            producers[i] = connect();
        }
        long total = Math.round(nanos / 1e9 * ratePerSecond);
        OpenLoop.run(ratePerSecond, total, () -> stopping, (i, due) -> {
            byte[] payload = payloads[(int) (i % PAYLOADS)].clone();
            long delay = delayMs.applyAsLong(i);
            ByteBuffer.wrap(payload).putLong(due + TimeUnit.MILLISECONDS.toNanos(delay));
            TaskSpec spec = task(payload, i).delayMs(delay);
            producers[(int) (i % producers.length)].submitAsync(spec).whenComplete((done, refused) -> {
                submitted.increment();
                if (refused != null) {
                    fail(refused);
                }
            });
        });
    }

    /** One task at a time: submit, then wait until it is done and that is durable. */
    void oneByOne() {
        Telpher producer = connect();
        Thread thread = new Thread(
                () -> {
                    try {
                        while (!stopping) {
                            long start = System.nanoTime();
                            long id = producer.submit(task(payloads[0], 0)).taskId();
                            producer.waitForAsync(id, 10_000).join();
                            submitted.increment();
                            record(start);
                        }
                    } catch (RuntimeException e) {
                        fail(e);
                    }
                },
                "one-by-one");
        thread.setDaemon(true);
        thread.start();
    }

    /** Submits no more, and returns when all that was submitted is done and acked: a task that comes again would be timed by a payload without a time. */
    void finish() throws InterruptedException {
        finishing = true;
        while (pending.get() > 0) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        workers.forEach(Worker::close);
    }

    /** Latencies count from here on. */
    void startRecording() {
        recording = true;
    }

    long submitted() {
        return submitted.sum();
    }

    long handled() {
        return handled.sum();
    }

    /** In ns, since the last call. */
    Histogram latencies() {
        return latencies.getIntervalHistogram();
    }

    void requireSound() {
        Throwable cause = failure;
        if (cause != null) {
            throw new IllegalStateException("the broker refused", cause);
        }
    }

    @Override
    public void close() {
        stopping = true;
        workers.forEach(Worker::cut);
        connections.forEach(Telpher::close);
    }
}
