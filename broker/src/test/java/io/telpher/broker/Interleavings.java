package io.telpher.broker;

import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.LincheckAssertionError;

/**
 * Runs what starts and joins its own threads in many orders of their steps, by Lincheck's model checker, which also takes a thread that waits for good for a
 * failure.
 */
public final class Interleavings {
    private static final int INVOCATIONS = 2_000;
    private static final int ATTEMPTS = 3;

    private Interleavings() {}

    /**
     * Lincheck gives each order half a minute of the wall's clock, also the first, in which it rewrites all classes: on a machine that is busy
     * with much else it may take that for a hang, which a real one is each time.
     */
    public static void check(Runnable scenario) {
        scenario.run(); // so that what it takes is loaded
        for (int attempt = 1; ; attempt++) {
            try {
                Lincheck.runConcurrentTest(INVOCATIONS, scenario);
                return;
            } catch (LincheckAssertionError failure) {
                if (attempt == ATTEMPTS || !String.valueOf(failure.getMessage()).contains("has hung")) {
                    throw failure;
                }
            }
        }
    }

    /** Throws an error with what should have held. */
    public static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    public static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
