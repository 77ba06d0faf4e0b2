package io.telpher.benchmarks.rivals;

import io.telpher.benchmarks.report.Figure;
import io.telpher.benchmarks.report.Figures;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A submit every so often, however late the answers are. All latencies count from the moment a task was due, so what a stall held up counts in full (no coordinated omission).
 */
final class OpenLoop implements AutoCloseable {
    /** A broker that is this far behind doesn't keep up; what is still out then is said, not waited for. */
    private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Driver driver;
    private final Payloads payloads;
    private final int connections;
    private final Latencies starts = new Latencies();
    private final Latencies confirms = new Latencies();
    private final LongAdder started = new LongAdder();
    private final Trouble trouble = new Trouble();
    private final List<Driver.Submitter> submitters = new ArrayList<>();
    private @Nullable AutoCloseable workers;

    OpenLoop(Driver driver, Payloads payloads, int connections) {
        this.driver = driver;
        this.payloads = payloads;
        this.connections = connections;
    }

    void work(int workerConnections, int slots, long holdMs) throws Exception {
        workers = driver.work(new Driver.Work(workerConnections, slots, holdMs, new Driver.Sink() {
            @Override
            public void started(byte[] payload) {
                starts.record(Payloads.due(payload));
                started.increment();
            }

            @Override
            public void done(int tasks) {}

            @Override
            public void failed(Throwable cause) {
                trouble.add(cause);
            }
        }));
    }

    void measure(Server server, int rate, int warm, int secs, Figures figures) throws Exception {
        for (int i = 0; i < connections; i++) {
            submitters.add(driver.submitter());
        }
        long start = System.nanoTime() + SETTLE_NANOS;
        long from = start + TimeUnit.SECONDS.toNanos(warm);
        long to = from + TimeUnit.SECONDS.toNanos(secs);
        starts.window(from, to);
        confirms.window(from, to);
        long before = (long) rate * warm;
        long total = before + (long) rate * secs;
        submit(start, rate, 0, before);
        Meter meter = Meter.start(server.tree());
        submit(start, rate, before, total);
        meter.end(total - before, figures);
        awaitStarted(total);
        figures.put(Figure.BEHIND, (double) (total - started.sum()));
        figures.starts(starts.histogram());
        figures.confirms(confirms.histogram());
        trouble.requireNone();
    }

    /** Submits all that is due, sends it, and rests until the next is. */
    private void submit(long startNanos, int rate, long first, long end) throws Exception {
        long number = first;
        while (number < end) {
            long now = System.nanoTime();
            long next = due(startNanos, rate, number);
            if (next - now > 0) {
                LockSupport.parkNanos(next - now);
                continue;
            }
            while (number < end && due(startNanos, rate, number) - now <= 0) {
                submit(submitters.get((int) (number % connections)), due(startNanos, rate, number));
                number++;
            }
            for (Driver.Submitter submitter : submitters) {
                submitter.flush();
            }
            trouble.requireNone();
        }
    }

    private static long due(long startNanos, int rate, long number) {
        return startNanos + number * TimeUnit.SECONDS.toNanos(1) / rate;
    }

    private void submit(Driver.Submitter submitter, long dueNanos) throws Exception {
        submitter.submit(payloads.next(dueNanos)).whenComplete((answer, refused) -> {
            if (refused == null) {
                confirms.record(dueNanos);
            } else {
                trouble.add(refused);
            }
        });
    }

    private void awaitStarted(long total) {
        long end = System.nanoTime() + DRAIN_NANOS;
        while (started.sum() < total && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    @Override
    public void close() throws Exception {
        trouble.over();
        submitters.forEach(Closing::quietly);
        AutoCloseable running = workers;
        if (running != null) {
            running.close();
        }
    }
}
