package io.telpher.broker;

import io.telpher.broker.partition.DutyCycle;
import io.telpher.broker.thread.Chore;
import io.telpher.broker.thread.Threads;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks twice a second whether the threads that everything waits for come round: the partitions', and those that force the journal. A thread that hangs
 * can't say so itself. Its {@link #hung} is for any thread.
 */
final class Watchdog implements AutoCloseable {
    /** A duty cycle or a sync that takes longer is not slow but hung. */
    static final long HUNG_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** The longest cycle of about the last minute is shown, so that each of several scrapers sees it. */
    private static final int LOOKS_SHOWN = 120;

    private static final double NANOS_A_SECOND = 1e9;

    private final List<Seen> threads;
    private final long[] longestNanos = new long[LOOKS_SHOWN];
    private final Thread thread;
    private final Runnable everyLook;
    private int looks;
    private volatile double longestSeconds;
    private volatile boolean stopping;

    /**
     * One thread that everything waits for.
     *
     * @param name for people: {@code partition 0}
     * @param runningNanos how long what it does at present has taken, 0 = nothing
     * @param doing for people, after the name: {@code applies records}
     * @param takeLongestNanos what took longest since this was asked last
     * @param stack where the thread is
     */
    record Watched(
            String name,
            LongSupplier runningNanos,
            Supplier<String> doing,
            LongSupplier takeLongestNanos,
            Supplier<StackTraceElement[]> stack) {
        static Watched of(int partition, DutyCycle cycle, Supplier<StackTraceElement[]> stack) {
            return new Watched(
                    "partition " + partition,
                    cycle::runningNanos,
                    () -> cycle.step().text(),
                    cycle::takeLongestNanos,
                    stack);
        }

        /** Seconds without a sync are no duty cycle: it shows among the syncs. */
        static Watched ofSyncs(int partition, LongSupplier syncingNanos) {
            return new Watched(
                    "the journal of partition " + partition,
                    syncingNanos,
                    () -> "waits for the disk to make records durable",
                    () -> 0,
                    () -> new StackTraceElement[0]);
        }
    }

    /** For the watching thread. */
    private static final class Seen {
        final Watched watched;
        boolean told;

        Seen(Watched watched) {
            this.watched = watched;
        }
    }

    /** @param everyLook what else is to be looked at that often */
    Watchdog(List<Watched> threads, Runnable everyLook) {
        this.threads = threads.stream().map(Seen::new).toList();
        this.everyLook = everyLook;
        Runnable look = Threads.retried(new Chore("watching", "TQ-3050 looking after the threads failed"), this::look);
        this.thread = Threads.daemon(
                "telpher-watch",
                () -> {
                    while (!stopping) {
                        look.run();
                        LockSupport.parkNanos(this, LOOK_NANOS);
                    }
                },
                Threads::ended);
    }

    void start() {
        thread.start();
    }

    /** The hanging threads, for people; empty when there are none. Looks anew at each call. */
    List<String> hung() {
        return hungFor(HUNG_NANOS);
    }

    /** What has made no progress for so long. */
    List<String> hungFor(long nanos) {
        List<String> hung = new ArrayList<>();
        for (Seen each : threads) {
            long running = each.watched.runningNanos.getAsLong();
            if (running >= nanos) {
                hung.add(text(each.watched, running));
            }
        }
        return hung;
    }

    private static String text(Watched watched, long nanos) {
        return watched.name + " has not come round for " + TimeUnit.NANOSECONDS.toSeconds(nanos) + " s: it "
                + watched.doing.get();
    }

    /** The longest duty cycle of the last minute, one that has not ended included. */
    double longestSeconds() {
        return longestSeconds;
    }

    /** One look at all threads. */
    void look() {
        long longest = 0;
        for (Seen each : threads) {
            long running = each.watched.runningNanos.getAsLong();
            longest = Math.max(longest, Math.max(each.watched.takeLongestNanos.getAsLong(), running));
            tell(each, running);
        }
        longestNanos[looks++ % LOOKS_SHOWN] = longest;
        longestSeconds = Arrays.stream(longestNanos).max().orElse(0) / NANOS_A_SECOND;
        everyLook.run();
    }

    private static void tell(Seen each, long runningNanos) {
        boolean isHung = runningNanos >= HUNG_NANOS;
        if (isHung && !each.told) {
            LOG.error(
                    "TQ-3051 {}; the broker is not ready until it does{}",
                    text(each.watched, runningNanos),
                    text(each.watched.stack.get()));
        } else if (!isHung && each.told) {
            LOG.warn("TQ-3051 {} has come round again", each.watched.name);
        }
        each.told = isHung;
    }

    private static String text(StackTraceElement[] stack) {
        return Arrays.stream(stack).map(frame -> "\n\tat " + frame).collect(Collectors.joining());
    }

    @Override
    public void close() throws InterruptedException {
        stopping = true;
        LockSupport.unpark(thread);
        thread.join();
    }
}
