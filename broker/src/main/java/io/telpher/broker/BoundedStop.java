package io.telpher.broker;

import io.telpher.broker.thread.Threads;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops a broker, or gives up: the stop waits for threads, and one that hangs must not keep the process. All that was confirmed is durable by then, so
 * giving up loses nothing but the last snapshot and the answers under way.
 */
final class BoundedStop {
    /** For all of it: below the 60 s that the systemd unit leaves, and long enough for the last snapshot. */
    static final long NANOS_MAX = TimeUnit.SECONDS.toNanos(50);

    /** A duty cycle or a sync that takes so long is not waited for. */
    static final long HUNG_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final Logger LOG = LoggerFactory.getLogger(BoundedStop.class);
    private static final long LOOK_MS = 100;

    private final Runnable closing;
    private final Predicate<Long> hangsFor;

    /**
     * @param closing stops everything; interrupted when the caller is
     * @param hangsFor whether a thread that it waits for has made no progress for that many nanoseconds
     */
    BoundedStop(Runnable closing, Predicate<Long> hangsFor) {
        this.closing = closing;
        this.hangsFor = hangsFor;
    }

    /** False when it gave up: threads still run, and the process should be ended from outside of them. */
    boolean run() {
        Thread thread = Threads.daemon("telpher-close", closing, Threads::ended);
        long start = System.nanoTime();
        thread.start();
        while (thread.isAlive()) {
            try {
                thread.join(LOOK_MS);
            } catch (InterruptedException e) {
                thread.interrupt();
                Thread.currentThread().interrupt();
                return false;
            }
            long waited = System.nanoTime() - start;
            if (thread.isAlive() && (waited >= NANOS_MAX || hangsFor.test(HUNG_NANOS))) {
                LOG.error(
                        "TQ-3052 stopping has not ended after {} s and is given up; what was confirmed is durable. All threads:{}",
                        TimeUnit.NANOSECONDS.toSeconds(waited),
                        dump());
                return false;
            }
        }
        return true;
    }

    private static String dump() {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<Thread, StackTraceElement[]> each :
                Thread.getAllStackTraces().entrySet()) {
            Thread thread = each.getKey();
            text.append("\n\"").append(thread.getName()).append("\" ").append(thread.getState());
            for (StackTraceElement frame : each.getValue()) {
                text.append("\n\tat ").append(frame);
            }
        }
        return text.toString();
    }
}
