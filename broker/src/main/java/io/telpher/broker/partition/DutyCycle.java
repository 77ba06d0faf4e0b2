package io.telpher.broker.partition;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * How far a partition's thread is in its duty cycle, for others to see. The thread tells it without waiting for them: a cycle costs it one reading of the
 * clock and no memory.
 */
public final class DutyCycle {
    /** The step under way. */
    public enum Step {
        REST("rests"),
        COMPACT("looks for journal files to compact"),
        TAKE_IN("takes in received requests"),
        APPEND("appends to the journal"),
        APPLY("applies records"),
        ANSWER("answers queries"),
        GO_ON("goes on with replays, purges and closed connections"),
        WAITS("answers waits for results"),
        SNAPSHOT("copies for a snapshot"),
        REPLY("sends replies");

        private final String text;

        Step(String text) {
            this.text = text;
        }

        /** For people, after a subject. */
        public String text() {
            return text;
        }
    }

    private static final Step[] STEPS = Step.values();

    private final LongSupplier nanoTime;
    // Written by the partition's thread alone; not volatile stores, which would stand in its way.
    private final AtomicLong beganNanos = new AtomicLong();
    private final AtomicLong count = new AtomicLong();
    private final AtomicInteger step = new AtomicInteger(Step.REST.ordinal());
    private final AtomicLong longestNanos = new AtomicLong();
    private boolean isUnderWay;

    DutyCycle(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    // ---- the partition's thread

    /** Another cycle; the one before, when there was no rest since, is over. */
    void begins() {
        long now = nanoTime.getAsLong();
        end(now);
        isUnderWay = true;
        beganNanos.lazySet(now);
        count.lazySet(count.getPlain() + 1);
    }

    void at(Step next) {
        step.lazySet(next.ordinal());
    }

    void rests() {
        end(nanoTime.getAsLong());
        isUnderWay = false;
        step.lazySet(Step.REST.ordinal());
    }

    private void end(long now) {
        long nanos = now - beganNanos.getPlain();
        if (isUnderWay && nanos > longestNanos.getPlain()) {
            longestNanos.lazySet(nanos);
        }
    }

    // ---- any thread

    public Step step() {
        return STEPS[step.get()];
    }

    /** Of the cycle under way, the first is 1: another number means that the thread has come round. */
    public long count() {
        return count.get();
    }

    /** Age of the cycle under way, in nanoseconds; 0 while the thread rests. */
    public long runningNanos() {
        boolean rests = step() == Step.REST;
        return rests ? 0 : Math.max(0, nanoTime.getAsLong() - beganNanos.get());
    }

    /** The longest cycle that ended since this was called last. One that ends at the same moment may be told twice. */
    public long takeLongestNanos() {
        return longestNanos.getAndSet(0);
    }
}
