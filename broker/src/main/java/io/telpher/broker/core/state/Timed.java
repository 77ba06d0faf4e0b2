package io.telpher.broker.core.state;

/** Something that ends at a deadline and can be taken out of its {@link DeadlineHeap} at any time. */
public abstract class Timed {
    long deadlineMs;
    int heapIndex = -1;

    protected Timed() {}

    protected Timed(long deadlineMs) {
        this.deadlineMs = deadlineMs;
    }

    public final long deadlineMs() {
        return deadlineMs;
    }

    /** Decides between equal deadlines; unique among those that can be in the heap together. */
    protected abstract long orderId();

    /** It is in its heap: it was begun and has not ended. */
    public final boolean isEntered() {
        return heapIndex >= 0;
    }

    final boolean isBefore(Timed other) {
        return deadlineMs < other.deadlineMs || deadlineMs == other.deadlineMs && orderId() < other.orderId();
    }
}
