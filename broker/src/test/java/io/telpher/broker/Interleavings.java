package io.telpher.broker;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.LincheckAssertionError;

/**
 * Runs what starts and joins its own threads in many orders of their steps, by Lincheck's model checker, which also takes a thread that waits for good for a
 * failure.
 */
public final class Interleavings {
    private static final int INVOCATIONS = 2_000;
    private static final int ATTEMPTS = 3;
    private static final int HANG_SECONDS = 120;

    private Interleavings() {}

    /**
     * Lincheck gives each order half a minute of the wall's clock, also the first, in which it rewrites all classes: on a machine that is busy
     * with much else it may take that for a hang, which a real one is each time.
     */
    public static void check(Runnable scenario) {
        once(scenario); // so that what it takes is loaded
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

    /** A wake-up that is lost each time would have it wait for good here, where nobody looks for that. */
    private static void once(Runnable scenario) {
        FutureTask<Void> run = new FutureTask<>(scenario, null);
        Thread thread = new Thread(run, "interleavings-first");
        thread.setDaemon(true);
        thread.start();
        try {
            run.get(HANG_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("it hangs: some thread waits for good", e);
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
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
