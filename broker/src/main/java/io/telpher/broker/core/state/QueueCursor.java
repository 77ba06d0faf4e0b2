package io.telpher.broker.core.state;

import io.telpher.protocol.Priority;
import io.telpher.protocol.QueuePolicyFields;
import io.telpher.protocol.QueueView;

/** A read view over one queue: valid during the call, or until the partition is asked or told something. */
public final class QueueCursor {
    public String name() {
        throw new UnsupportedOperationException();
    }
    /** What holds: the queue's own fields, else those of the queue {@code default}, else the built-in ones. */
    public QueuePolicyFields policy() {
        throw new UnsupportedOperationException();
    }
    /** Only what was set for this queue itself; the rest is unset. */
    public QueuePolicyFields ownPolicy() {
        throw new UnsupportedOperationException();
    }

    public boolean paused() {
        throw new UnsupportedOperationException();
    }

    public boolean refusesSubmits() {
        throw new UnsupportedOperationException();
    }

    public long ready(Priority priority) {
        throw new UnsupportedOperationException();
    }

    public long readyTotal() {
        throw new UnsupportedOperationException();
    }

    public long scheduled() {
        throw new UnsupportedOperationException();
    }

    public long retryWait() {
        throw new UnsupportedOperationException();
    }

    public long active() {
        throw new UnsupportedOperationException();
    }

    public long dead() {
        throw new UnsupportedOperationException();
    }
    /** Ever, since the queue was made. */
    public long submitted() {
        throw new UnsupportedOperationException();
    }

    public long completed() {
        throw new UnsupportedOperationException();
    }

    public int waiters() {
        throw new UnsupportedOperationException();
    }
    /** Since when the longest-ready task is ready, ms since 1970; 0 = none is. */
    public long oldestReadySinceMs() {
        throw new UnsupportedOperationException();
    }
    /** Fills in everything; ages are reckoned from {@code nowMs}. */
    public void fill(QueueView view, long nowMs) {
        throw new UnsupportedOperationException();
    }
}
