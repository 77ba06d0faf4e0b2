package io.telpher.broker.core.table;

import org.jspecify.annotations.Nullable;

/**
 * The rows of {@link #ROWS} neighbouring tasks, one array per field: 40 bytes a task that waits. What only tasks need that were
 * leased once, that expire, that died, or that have a key is there only when some task on the page needs it.
 */
public final class TaskPage {
    public static final int SHIFT = 10;
    public static final int ROWS = 1 << SHIFT;
    public static final int MASK = ROWS - 1;
    /** In columns of timers, which have 1 more. */
    public static final int NO_TIMER = 0;

    public final long[] submitLocation = new long[ROWS];
    public final long[] createdAtMs = new long[ROWS];
    /** By state: ready since, timer + 1 (its deadline is when the task runs again), slot of the lease, finished at. Read it by {@code PartitionState#dueMs}. */
    public final long[] due = new long[ROWS];

    public final int[] submitCrc = new int[ROWS];
    public final int[] submitBytes = new int[ROWS];
    public final int[] kind = new int[ROWS];
    /** See {@link RowBits}. */
    public final int[] bits = new int[ROWS];

    @Nullable
    public Worked worked;

    public long @Nullable [] expiresAtMs;
    /** Timer of the expiry + 1, {@link #NO_TIMER} when it came or is of no account. Not in snapshots. */
    public int @Nullable [] expiryTimer;
    /** Slot in the idempotency index + 1. */
    public int @Nullable [] keySlot;

    /** The number of a task's last death, counted over all tasks. */
    public long @Nullable [] death;
    /** {@code Fingerprint#hash} of the error that a dead task died of, when its worker gave one. */
    public long @Nullable [] fingerprint;
    /** Ids of the follow-up tasks that the task's ack made, null without. */
    public long @Nullable [] @Nullable [] followUps;

    public int rows;

    /** Sequence of its first row divided by {@link #ROWS}. */
    public final long number;
    /** See {@code CopyOnChange}. */
    public int copied;

    public TaskPage(long number, int copied) {
        this.number = number;
        this.copied = copied;
    }

    /** The columns of tasks that were leased once. */
    public static final class Worked {
        public final long[] leaseId = new long[ROWS];
        public final long[] startedAtMs = new long[ROWS];
        public final long[] outcomeLocation = new long[ROWS];
        public final int[] outcomeBytes = new int[ROWS];
        public final short[] attempts = new short[ROWS];
        public final short[] crashes = new short[ROWS];
        public final short[] replays = new short[ROWS];
    }

    public Worked worked() {
        Worked there = worked;
        if (there == null) {
            there = new Worked();
            worked = there;
        }
        return there;
    }

    public void expiresAtMs(int row, long epochMs) {
        long[] column = expiresAtMs;
        if (column == null) {
            column = new long[ROWS];
            expiresAtMs = column;
        }
        column[row] = epochMs;
    }

    public void expiryTimer(int row, int timerPlusOne) {
        int[] column = expiryTimer;
        if (column == null) {
            column = new int[ROWS];
            expiryTimer = column;
        }
        column[row] = timerPlusOne;
    }

    public void death(int row, long number) {
        long[] column = death;
        if (column == null) {
            column = new long[ROWS];
            death = column;
        }
        column[row] = number;
    }

    public void fingerprint(int row, long hash) {
        long[] column = fingerprint;
        if (column == null) {
            column = new long[ROWS];
            fingerprint = column;
        }
        column[row] = hash;
    }

    public void followUps(int row, long @Nullable [] taskIds) {
        long[][] column = followUps;
        if (column == null) {
            column = new long[ROWS][];
            followUps = column;
        }
        column[row] = taskIds;
    }

    public void keySlot(int row, int slotPlusOne) {
        int[] column = keySlot;
        if (column == null) {
            column = new int[ROWS];
            keySlot = column;
        }
        column[row] = slotPlusOne;
    }
}
