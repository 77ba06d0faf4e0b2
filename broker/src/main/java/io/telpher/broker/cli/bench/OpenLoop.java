package io.telpher.broker.cli.bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Work that is due at a fixed rate, however late the answers are. Measured from the moment it was due, a stall counts in full.
 */
public final class OpenLoop {
    /** A parked thread wakes up about this late, so the rest of the time is spun away. */
    private static final long PARK_LATE_NANOS = 80_000;

    private OpenLoop() {}

    /** The work of each time, on the caller's thread. */
    @FunctionalInterface
    public interface Step {
        /** @param dueNanos when it was due, of {@link System#nanoTime} */
        void at(long number, long dueNanos);
    }

    /** Returns when all is done, or {@code stopped}. */
    public static void run(double ratePerSecond, long count, BooleanSupplier stopped, Step step) {
        long start = System.nanoTime();
        for (long i = 0; i < count && !stopped.getAsBoolean(); i++) {
            long due = start + Math.round(i * (double) TimeUnit.SECONDS.toNanos(1) / ratePerSecond);
            waitUntil(due);
            step.at(i, due);
        }
    }

    private static void waitUntil(long dueNanos) {
        for (long left = dueNanos - System.nanoTime(); left > 0; left = dueNanos - System.nanoTime()) {
            if (left > PARK_LATE_NANOS) {
                LockSupport.parkNanos(left - PARK_LATE_NANOS);
            } else {
                Thread.onSpinWait();
            }
        }
    }
}
