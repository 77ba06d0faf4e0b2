package io.telpher.protocol.queue;

import io.telpher.protocol.Priority;

/** A queue as GET_QUEUE shows it: a plain carrier, filled by the broker or read from a QUEUE frame. */
public final class QueueView {
    public String name = "";
    public QueuePolicyFields policy = QueuePolicyFields.DEFAULT;
    /** Ready tasks by {@link Priority} ordinal. */
    public final long[] ready = new long[Priority.COUNT];

    public long scheduled;
    public long retryWait;
    public long active;
    public long dead;
    /** Milliseconds the oldest ready task has been ready; 0 = none is. */
    public long oldestReadyAgeMs;
    /** Ever, since the queue was made. */
    public long submitted;

    public long completed;
    /** Tasks that joined the dead letters. */
    public long died;

    public int waiters;
    public boolean paused;
    public boolean refusesSubmits;
    /** Why it is paused, who paused it, and when, in milliseconds since 1970; empty and 0 when it is not, or nothing was said. */
    public String pauseReason = "";

    public String pausedBy = "";
    public long pausedAtMs;
    /** What people should know of it, who wrote that, and when, in milliseconds since 1970; empty and 0 = nothing. */
    public String note = "";

    public String notedBy = "";
    public long notedAtMs;
}
