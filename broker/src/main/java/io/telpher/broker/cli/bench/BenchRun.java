package io.telpher.broker.cli.bench;

import io.telpher.broker.cli.output.Amounts;
import io.telpher.broker.cli.output.ProgressBar;
import io.telpher.client.ReservedTask;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** One run of {@code tq bench}: submits at a rate, workers that take the time, and an account of every task. */
final class BenchRun implements AutoCloseable {
    /** The time it was due, the run's number, its own. */
    static final int HEAD_BYTES = 3 * Long.BYTES;

    private static final System.Logger LOG = System.getLogger(BenchRun.class.getName());
    private static final int DIGITS = 3;
    private static final int CONFIRMED = 1;
    private static final int HANDLED = 2;
    private static final int LOOK_MS = 50;
    private static final double[] PERCENTILES = {50, 90, 99, 99.9};

    /**
     * @param count tasks to submit
     * @param warmUp number of tasks, from the first on, whose latencies don't count
     * @param producers connections, as are workers
     */
    record Shape(
            String queue,
            double rate,
            int count,
            int warmUp,
            int payloadBytes,
            int producers,
            int workers,
            int concurrency) {}

    private final Shape shape;
    private final long number = new Random().nextLong();
    private final byte[] payload;
    private final List<Telpher> producers = new ArrayList<>();
    private final List<Telpher> workerConnections = new ArrayList<>();
    private final List<Worker> workers = new ArrayList<>();
    private final AtomicIntegerArray fates;
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong confirmed = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong handled = new AtomicLong();
    private final AtomicLong duplicates = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> firstRefusal = new AtomicReference<>();
    private final Histogram submits = new ConcurrentHistogram(DIGITS);
    private final Histogram starts = new ConcurrentHistogram(DIGITS);
    private long lagNanosMax;
    private double seconds;
    private volatile boolean stopped;
    private final CountDownLatch ended = new CountDownLatch(1);

    BenchRun(Shape shape, Supplier<Telpher> connect) {
        this.shape = shape;
        this.fates = new AtomicIntegerArray(shape.count());
        this.payload = new byte[shape.payloadBytes()];
        new Random(1).nextBytes(payload);
        for (int i = 0; i < shape.producers(); i++) {
            producers.add(connect.get());
        }
        for (int i = 0; i < shape.workers(); i++) {
            Telpher connection = connect.get();
            workerConnections.add(connection);
            workers.add(connection
                    .worker(shape.queue())
                    .name("tq-bench-" + i)
                    .concurrency(shape.concurrency())
                    .start(this::handle));
        }
    }

    private Result handle(ReservedTask task) {
        byte[] content = task.payload();
        if (content.length >= HEAD_BYTES) {
            ByteBuffer head = ByteBuffer.wrap(content);
            long due = head.getLong();
            boolean isOurs = head.getLong() == number;
            int task0 = isOurs ? (int) head.getLong() : -1;
            if (isOurs) {
                handled(task0, due);
            }
        }
        return Result.NONE;
    }

    private void handled(int task, long dueNanos) {
        if ((fates.getAndUpdate(task, fate -> fate | HANDLED) & HANDLED) != 0) {
            duplicates.incrementAndGet();
            return;
        }
        handled.incrementAndGet();
        record(starts, task, dueNanos);
    }

    private void record(Histogram latencies, int task, long dueNanos) {
        if (task >= shape.warmUp()) {
            latencies.recordValue(Math.max(0, System.nanoTime() - dueNanos));
        }
    }

    /** Submits all of it, then waits until all that was confirmed is handled, as long as something happens. */
    void run(ProgressBar progress, long silentMsMax) throws InterruptedException {
        long start = System.nanoTime();
        OpenLoop.run(shape.rate(), shape.count(), () -> stopped, (i, due) -> {
            lagNanosMax = i < shape.warmUp() ? 0 : Math.max(lagNanosMax, System.nanoTime() - due);
            if (!stopped) {
                submit((int) i, due);
            }
            progress.of(i + 1, shape.count(), this::state);
        });
        seconds = (System.nanoTime() - start) / 1e9;
        long seen = -1;
        long seenAt = System.nanoTime();
        while (!stopped && !isOver() && System.nanoTime() - seenAt < TimeUnit.MILLISECONDS.toNanos(silentMsMax)) {
            long now = answered.get() + handled.get();
            if (now != seen) {
                seen = now;
                seenAt = System.nanoTime();
            }
            progress.of(shape.count(), shape.count(), this::state);
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        }
        ended.countDown();
        progress.end(confirmed.get());
    }

    boolean isStopped() {
        return stopped;
    }

    private boolean isOver() {
        return answered.get() == shape.count() && (workers.isEmpty() || lost() == 0);
    }

    private String state() {
        return ", " + handled.get() + " done, p99 of submits "
                + Amounts.micros(TimeUnit.NANOSECONDS.toMicros(submits.getValueAtPercentile(99)));
    }

    private void submit(int task, long dueNanos) {
        byte[] content = payload.clone();
        ByteBuffer.wrap(content).putLong(dueNanos).putLong(number).putLong(task);
        producers
                .get(task % producers.size())
                .submitAsync(TaskSpec.type("bench").queue(shape.queue()).payload(content))
                .whenComplete((submission, failure) -> {
                    if (failure == null) {
                        record(submits, task, dueNanos);
                        fates.getAndUpdate(task, fate -> fate | CONFIRMED);
                        confirmed.incrementAndGet();
                    } else {
                        refused.incrementAndGet();
                        firstRefusal.compareAndSet(null, failure);
                    }
                    answered.incrementAndGet();
                });
    }

    /** Confirmed and never given to a worker; 0 without workers. */
    long lost() {
        long lost = 0;
        for (int i = 0; i < fates.length() && !workers.isEmpty(); i++) {
            lost += fates.get(i) == CONFIRMED ? 1 : 0;
        }
        return lost;
    }

    /** Of submits: refused, or without an answer. */
    long errors() {
        return shape.count() - confirmed.get();
    }

    @Nullable
    Throwable firstRefusal() {
        return firstRefusal.get();
    }

    Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("queue", shape.queue());
        fields.put("rate_wanted", shape.rate());
        fields.put("rate", rounded(shape.count() / seconds));
        fields.put("seconds", rounded(seconds));
        fields.put("submitted", confirmed.get());
        fields.put("errors", errors());
        fields.put("done", handled.get());
        fields.put("lost", lost());
        fields.put("delivered_again", duplicates.get());
        fields.put("sent_late_ms_max", rounded(lagNanosMax / 1e6));
        percentiles(fields, "submit", submits);
        if (!workers.isEmpty()) {
            percentiles(fields, "until_worker", starts);
        }
        return fields;
    }

    private static void percentiles(Map<String, Object> fields, String what, Histogram nanos) {
        for (double percentile : PERCENTILES) {
            String name = String.valueOf(percentile).replaceFirst("\\.0$", "");
            fields.put(what + "_ms_p" + name, rounded(nanos.getValueAtPercentile(percentile) / 1e6));
        }
        fields.put(what + "_ms_max", rounded(nanos.getMaxValue() / 1e6));
    }

    private static double rounded(double value) {
        return Math.round(value * 1e3) / 1e3;
    }

    /** Submits no more, and gives back what the workers have not done within {@code patience}. Any thread. */
    void stop(Duration patience) throws InterruptedException {
        stopped = true;
        boolean isQuiet = ended.await(patience.toMillis(), TimeUnit.MILLISECONDS);
        LOG.log(
                System.Logger.Level.DEBUG,
                isQuiet ? "all producers stopped" : "the next submit is due late, and left out");
        producers.forEach(Telpher::close);
        workers.forEach(worker -> worker.close(patience));
    }

    @Override
    public void close() {
        workers.forEach(Worker::close);
        workerConnections.forEach(Telpher::close);
        producers.forEach(Telpher::close);
    }
}
