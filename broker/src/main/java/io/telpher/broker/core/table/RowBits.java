package io.telpher.broker.core.table;

import io.telpher.protocol.TaskState;

/** Where the small fields of a task lie in its row's word of bits. */
public final class RowBits {
    public static final int STATE = 0;
    public static final int STATE_MASK = 0xF;
    public static final int PRIORITY = 4;
    public static final int PRIORITY_MASK = 0x3;
    public static final int REASON = 24;
    public static final int REASON_MASK = 0x7;
    public static final int OUTCOME = 8;
    public static final int OUTCOME_MASK = 0x7;

    /** Goes to the returns lane when it is ready: it was tried before. */
    public static final int RETURNED = 1 << 11;

    public static final int CANCEL_REQUESTED = 1 << 12;
    /** Its retention is over; only its key still holds it. */
    public static final int RETENTION_OVER = 1 << 13;
    /** It waits for an instant of the wall clock, not for a duration to pass. */
    public static final int RUNS_AT = 1 << 14;
    /** It expires when a duration has passed, not at an instant of the wall clock. */
    public static final int EXPIRES_IN = 1 << 15;
    /** Its expiry came while it ran: no timer stands for it any more. */
    public static final int EXPIRY_CAME = 1 << 16;

    private RowBits() {}

    public static boolean isReady(int bits) {
        return (bits & STATE_MASK) == TaskState.READY.ordinal();
    }

    static boolean isDead(int bits) {
        return (bits & STATE_MASK) == TaskState.DEAD.ordinal();
    }

    /** It waits for its time. */
    public static boolean isTimed(int bits) {
        int is = bits & STATE_MASK;
        return is == TaskState.SCHEDULED.ordinal() || is == TaskState.RETRY_WAIT.ordinal();
    }

    public static int get(int bits, int shift, int mask) {
        return bits >>> shift & mask;
    }

    public static int with(int bits, int shift, int mask, int value) {
        return bits & ~(mask << shift) | value << shift;
    }

    public static int with(int bits, int flag, boolean set) {
        return set ? bits | flag : bits & ~flag;
    }
}
