package io.telpher.broker;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** How large overloads are made: with -Doverload=full as large as they may come, else what fits into every build. */
public final class Overload {
    private static final boolean FULL = "full".equals(System.getProperty("overload"));
    private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(FULL ? 20 : 2);

    private Overload() {}

    public static int size(int reduced, int full) {
        return FULL ? full : reduced;
    }

    public static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("it never came to this: " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }
}
