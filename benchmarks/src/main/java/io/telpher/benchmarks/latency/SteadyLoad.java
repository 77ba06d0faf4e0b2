package io.telpher.benchmarks.latency;

import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Tasks at a fixed rate, however late the answers are. Each carries the moment it was due, and its latency counts from there: a generator that is late itself makes latencies longer, never shorter
 * (no coordinated omission).
 */
final class SteadyLoad implements AutoCloseable {
    private static final String QUEUE = "latency";
    private static final int CONNECTIONS = 4;
    private static final int CONCURRENCY = 256;
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final byte[] noise;
    private final int payloadBytes;
    private final List<Telpher> producers = new ArrayList<>();
    private final List<Telpher> connections = new ArrayList<>();
    private final List<Worker> workers = new ArrayList<>();
    private final LongAdder started = new LongAdder();
    private final AtomicReference<@Nullable Throwable> refused = new AtomicReference<>();

    /** @param started is told when each task was due, at the moment when it is in a handler's hands */
    SteadyLoad(String url, int payloadBytes, LongConsumer started) {
        this.payloadBytes = payloadBytes;
        noise = new byte[2 * payloadBytes + (1 << 20)];
        new Random(1).nextBytes(noise);
        for (int i = 0; i < CONNECTIONS; i++) {
            producers.add(Telpher.connect(url));
            Telpher connection = Telpher.connect(url);
            connections.add(connection);
            workers.add(connection.worker(QUEUE).concurrency(CONCURRENCY).start(task -> {
                started.accept(ByteBuffer.wrap(task.payload()).getLong());
                this.started.increment();
                return Result.NONE;
            }));
        }
    }

    /** Returns when the last one was due and submitted. */
    void submit(long startNanos, int ratePerSecond, long tasks) {
        long second = TimeUnit.SECONDS.toNanos(1);
        for (long number = 0; number < tasks; number++) {
            long due = startNanos + number * second / ratePerSecond;
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            byte[] payload = new byte[payloadBytes];
            System.arraycopy(
                    noise, (int) (number * Long.BYTES % (noise.length - payloadBytes)), payload, 0, payloadBytes);
            ByteBuffer.wrap(payload).putLong(due);
            producers
                    .get((int) (number % CONNECTIONS))
                    .submitAsync(TaskSpec.type("work").queue(QUEUE).payload(payload))
                    .whenComplete((submission, failure) -> {
                        if (failure != null) {
                            refused.compareAndSet(null, failure);
                        }
                    });
        }
    }

    /** @throws IllegalStateException when a submit was refused, or tasks are still out after that time */
    void awaitStarted(long tasks, int seconds) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (started.sum() < tasks && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        Throwable failure = refused.get();
        if (failure != null) {
            throw new IllegalStateException("a submit was refused: " + failure, failure);
        }
        if (started.sum() < tasks) {
            throw new IllegalStateException("of " + tasks + " tasks " + started.sum() + " were handled, " + seconds
                    + " s after the last one was due; lower --rate");
        }
    }

    @Override
    public void close() {
        workers.forEach(Worker::cut);
        connections.forEach(Telpher::close);
        producers.forEach(Telpher::close);
    }
}
