package io.telpher.broker.core.snapshot;

import org.jspecify.annotations.Nullable;

/** What a block of a snapshot holds. Codes stay; a kind may take several blocks, and every kind may be without one but STATE. */
public enum BlockKind {
    /** Clock, term, counters: one block, the first. */
    STATE(1),
    /** Queues in creation order: name, policy, pause, counts. Format versions 1 and 2. */
    QUEUES(2),
    /** What tasks have in common: queue, type, retry settings. */
    KINDS(3),
    /** Running attempts, those of one session in the order it got them. Format versions 1 and 2. */
    LEASES(4),
    /** Reserves that wait for a task. */
    WAITERS(5),
    /** Pieces of ready lanes, dead letters and the line of finished tasks, each line's in its order. */
    LINES(6),
    /** Pages of the task table with the idempotency keys of their tasks, in any order. */
    PAGES(7),
    /** Nothing follows. */
    END(8),
    /** Running attempts in any order, each with the number of its binding to its session. */
    NUMBERED_LEASES(9),
    /** Queues in any order, each with its place in creation order; before all that speaks of queues by it. */
    NUMBERED_QUEUES(10),
    /** What is owed to other partitions and was taken from them; only where there are several. */
    HAND_OVERS(11);

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
