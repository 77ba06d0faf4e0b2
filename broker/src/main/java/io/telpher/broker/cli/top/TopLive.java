package io.telpher.broker.cli.top;

import io.telpher.broker.cli.output.Amounts;
import io.telpher.client.Operations;
import io.telpher.client.TelpherException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads a broker's figures again and again, on a thread of its own: keys are heard while the broker is silent. */
final class TopLive implements AutoCloseable {
    private static final int LATE_INTERVALS = 3;

    private final Operations operations;
    private final long intervalNanos;
    private final ScheduledExecutorService reader = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "tq-top");
        thread.setDaemon(true);
        return thread;
    });
    private volatile Frame newest;

    /** @param trouble why the reading is no newer; null = it is as new as it should be */
    record Frame(TopReading reading, @Nullable String trouble) {}

    TopLive(Operations operations, long intervalMs) {
        this.operations = operations;
        this.intervalNanos = TimeUnit.MILLISECONDS.toNanos(intervalMs);
        this.newest = new Frame(TopReading.take(operations, null), null);
        reader.scheduleAtFixedRate(this::read, intervalMs, intervalMs, TimeUnit.MILLISECONDS);
    }

    private void read() {
        TopReading before = newest.reading();
        try {
            newest = new Frame(TopReading.take(operations, before), null);
        } catch (TelpherException e) {
            newest = new Frame(before, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            // The timer would never call again.
            newest = new Frame(before, String.valueOf(e));
        }
    }

    /** A request waits while the client looks for a broker that went away, so the time tells, too. */
    Frame newest() {
        Frame frame = newest;
        long silentNanos = System.nanoTime() - frame.reading().atNanos();
        if (frame.trouble() == null && silentNanos > LATE_INTERVALS * intervalNanos + TimeUnit.SECONDS.toNanos(1)) {
            frame = new Frame(
                    frame.reading(), "no answer for " + Amounts.ms(TimeUnit.NANOSECONDS.toMillis(silentNanos)));
        }
        return frame;
    }

    @Override
    public void close() {
        reader.shutdownNow();
    }
}
