package io.telpher.broker.core.state;

import org.jspecify.annotations.Nullable;

/**
 * The rows of {@link #ROWS} neighbouring tasks, one array per field: 40 bytes a task that waits. What only tasks need that were
 * leased once, that expire, that died, or that have a key is there only when some task on the page needs it.
 */
final class TaskPage {
    static final int SHIFT = 10;
    static final int ROWS = 1 << SHIFT;
    static final int MASK = ROWS - 1;
    /** In columns of timers, which have 1 more. */
    static final int NO_TIMER = 0;

    final long[] submitLocation = new long[ROWS];
    final long[] createdAtMs = new long[ROWS];
    /** By state: ready since, timer + 1 (its deadline is when the task runs again), slot of the lease, finished at. Read it by {@link PartitionState#dueMs}. */
    final long[] due = new long[ROWS];

    final int[] submitCrc = new int[ROWS];
    final int[] submitBytes = new int[ROWS];
    final int[] kind = new int[ROWS];
    /** See {@link RowBits}. */
    final int[] bits = new int[ROWS];

    @Nullable
    Worked worked;

    long @Nullable [] expiresAtMs;
    /** Timer of the expiry + 1, {@link #NO_TIMER} when it came or is of no account. Not in snapshots. */
    int @Nullable [] expiryTimer;
    /** Slot in the idempotency index + 1. */
    int @Nullable [] keySlot;

    /** The number of a task's last death, counted over all tasks. */
    long @Nullable [] death;
    /** {@link Fingerprint#hash} of the error that a dead task died of, when its worker gave one. */
    long @Nullable [] fingerprint;
    /** Ids of the follow-up tasks that the task's ack made, null without. */
    long @Nullable [] @Nullable [] followUps;

    int rows;

    /** Sequence of its first row divided by {@link #ROWS}. */
    final long number;
    /** See {@link CopyOnChange}. */
    int copied;

    TaskPage(long number, int copied) {
        this.number = number;
        this.copied = copied;
    }

    /** The columns of tasks that were leased once. */
    static final class Worked {
        final long[] leaseId = new long[ROWS];
        final long[] startedAtMs = new long[ROWS];
        final long[] outcomeLocation = new long[ROWS];
        final int[] outcomeBytes = new int[ROWS];
        final short[] attempts = new short[ROWS];
        final short[] crashes = new short[ROWS];
        final short[] replays = new short[ROWS];
    }

    Worked worked() {
        Worked there = worked;
        if (there == null) {
            there = new Worked();
            worked = there;
        }
        return there;
    }

    void expiresAtMs(int row, long epochMs) {
        long[] column = expiresAtMs;
        if (column == null) {
            column = new long[ROWS];
            expiresAtMs = column;
        }
        column[row] = epochMs;
    }

    void expiryTimer(int row, int timerPlusOne) {
        int[] column = expiryTimer;
        if (column == null) {
            column = new int[ROWS];
            expiryTimer = column;
        }
        column[row] = timerPlusOne;
    }

    void death(int row, long number) {
        long[] column = death;
        if (column == null) {
            column = new long[ROWS];
            death = column;
        }
        column[row] = number;
    }

    void fingerprint(int row, long hash) {
        long[] column = fingerprint;
        if (column == null) {
            column = new long[ROWS];
            fingerprint = column;
        }
        column[row] = hash;
    }

    void followUps(int row, long @Nullable [] taskIds) {
        long[][] column = followUps;
        if (column == null) {
            column = new long[ROWS][];
            followUps = column;
        }
        column[row] = taskIds;
    }

    void keySlot(int row, int slotPlusOne) {
        int[] column = keySlot;
        if (column == null) {
            column = new int[ROWS];
            keySlot = column;
        }
        column[row] = slotPlusOne;
    }
}
