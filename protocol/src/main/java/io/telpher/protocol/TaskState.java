package io.telpher.protocol;

import java.util.Locale;

/** Where a task stands. The code is the ordinal; 0 means that there is no such task. */
public enum TaskState {
    NONE(TaskStatus.PENDING),
    SCHEDULED(TaskStatus.PENDING),
    READY(TaskStatus.PENDING),
    RETRY_WAIT(TaskStatus.PENDING),
    ACTIVE(TaskStatus.PROCESSING),
    COMPLETED(TaskStatus.COMPLETED),
    DEAD(TaskStatus.FAILED),
    EXPIRED(TaskStatus.FAILED),
    DISCARDED(TaskStatus.FAILED),
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

    public int code() {
        return ordinal();
    }

    public TaskStatus status() {
        return status;
    }

    /** Nothing more happens to the task by itself; DEAD counts, though an operator can replay it. */
    public boolean isFinal() {
        return ordinal() >= COMPLETED.ordinal();
    }

    public boolean isPending() {
        return this == SCHEDULED || this == READY || this == RETRY_WAIT;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** A set of states as LIST carries it: bit n stands for code n. */
    public int mask() {
        return 1 << ordinal();
    }
}
