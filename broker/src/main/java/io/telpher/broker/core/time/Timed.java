package io.telpher.broker.core.time;

/** Something that ends at a deadline and can be taken out of its {@link DeadlineWheel} at any time. */
public abstract class Timed {
    public long deadlineMs;
    /** {@link TimerWheel#NONE} while it is in none. */
    int timer = TimerWheel.NONE;

    protected Timed() {}

    public Timed(long deadlineMs) {
        this.deadlineMs = deadlineMs;
    }

    public final long deadlineMs() {
        return deadlineMs;
    }

    /** From 0, below 2^48. Decides between equal deadlines; unique among those that can be entered together. */
    protected abstract long orderId();

    /** It was begun and has not ended. */
    public final boolean isEntered() {
        return timer != TimerWheel.NONE;
    }
}
