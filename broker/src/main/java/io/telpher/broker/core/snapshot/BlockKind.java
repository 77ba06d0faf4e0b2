package io.telpher.broker.core.snapshot;

import org.jspecify.annotations.Nullable;

/** The kinds of a snapshot's blocks. Codes stay; a kind may take several blocks, and every kind may be without one but STATE. */
public enum BlockKind {
    /** Clock, term, counters: one block, the first. */
    STATE(1),
    /** Queues in any order, each with its number; before all that speaks of queues by it. */
    QUEUES(2),
    /** Settings that tasks have in common: queue, type, retry settings. */
    KINDS(3),
    /** Running attempts in any order, each with the number of its binding to its session. */
    LEASES(4),
    /** Reserves that wait for a task. */
    WAITERS(5),
    /** Pieces of ready lanes, dead letters and the line of finished tasks, each line's in its order. */
    LINES(6),
    /** Pages of the task table with the idempotency keys of their tasks, in any order. */
    PAGES(7),
    /** Nothing follows. */
    END(8),
    /** Hand-overs owed to other partitions and taken from them; only where there are several. */
    HAND_OVERS(9);

    private static final BlockKind[] ALL = values();

    private final int code;

    BlockKind(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    public static @Nullable BlockKind of(int code) {
        return code > 0 && code <= ALL.length ? ALL[code - 1] : null;
    }
}
