package io.telpher.protocol;

import java.util.Locale;

/** Where a task stands. The code is the ordinal; 0 means that there is no such task. */
public enum TaskState {
    /** There is no such task. */
    NONE(TaskStatus.PENDING),
    /** Its {@code run_at} lies ahead. */
    SCHEDULED(TaskStatus.PENDING),
    /** The next worker that asks may have it. */
    READY(TaskStatus.PENDING),
    /** An attempt failed, and its backoff is not over. */
    RETRY_WAIT(TaskStatus.PENDING),
    /** A worker has it under a lease. */
    ACTIVE(TaskStatus.PROCESSING),
    /** Acknowledged; the result is kept for the broker's {@code retention}. */
    COMPLETED(TaskStatus.COMPLETED),
    /** A dead letter: out of attempts, or failed for good. */
    DEAD(TaskStatus.FAILED),
    /** Not started by its {@code expires_at}. */
    EXPIRED(TaskStatus.FAILED),
    /** A dead letter that an operator gave up. */
    DISCARDED(TaskStatus.FAILED),
    /** Cancelled before a worker had it, or with the worker's consent. */
    CANCELLED(TaskStatus.CANCELLED);

    private static final TaskState[] BY_CODE = values();

    private final TaskStatus status;

    TaskState(TaskStatus status) {
        this.status = status;
    }

    /** The one with this code (0-255); {@link #NONE} for one that a newer sender made up. */
    public static TaskState of(int code) {
        return code < BY_CODE.length ? BY_CODE[code] : NONE;
    }

    /** On the wire. */
    public int code() {
        return ordinal();
    }

    /** The coarser word that users see. */
    public TaskStatus status() {
        return status;
    }

    /** Nothing more happens to the task by itself; DEAD counts, though an operator can replay it. */
    public boolean isFinal() {
        return ordinal() >= COMPLETED.ordinal();
    }

    /** No worker has it, and one will. */
    public boolean isPending() {
        return this == SCHEDULED || this == READY || this == RETRY_WAIT;
    }

    /** As on the API: {@code retry_wait}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** A set of states as LIST carries it: bit n stands for code n. */
    public int mask() {
        return 1 << ordinal();
    }
}
