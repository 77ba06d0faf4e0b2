package io.telpher.broker.core.state;

import io.telpher.protocol.TaskState;

/** Where the small fields of a task lie in its row's word of bits. */
final class RowBits {
    static final int STATE = 0;
    static final int STATE_MASK = 0xF;
    static final int PRIORITY = 4;
    static final int PRIORITY_MASK = 0x3;
    static final int REASON = 24;
    static final int REASON_MASK = 0x7;
    static final int OUTCOME = 8;
    static final int OUTCOME_MASK = 0x7;

    /** Goes to the returns lane when it is ready: it was tried before. */
    static final int RETURNED = 1 << 11;

    static final int CANCEL_REQUESTED = 1 << 12;
    /** Its retention is over; only its key still holds it. */
    static final int RETENTION_OVER = 1 << 13;
    /** It waits for an instant of the wall clock, not for a duration to pass. */
    static final int RUNS_AT = 1 << 14;
    /** It expires when a duration has passed, not at an instant of the wall clock. */
    static final int EXPIRES_IN = 1 << 15;
    /** Its expiry came while it ran: no timer stands for it any more. */
    static final int EXPIRY_CAME = 1 << 16;

    private RowBits() {}

    static boolean isReady(int bits) {
        return (bits & STATE_MASK) == TaskState.READY.ordinal();
    }

    static boolean isDead(int bits) {
        return (bits & STATE_MASK) == TaskState.DEAD.ordinal();
    }

    /** It waits for its time. */
    static boolean isTimed(int bits) {
        int is = bits & STATE_MASK;
        return is == TaskState.SCHEDULED.ordinal() || is == TaskState.RETRY_WAIT.ordinal();
    }

    static int get(int bits, int shift, int mask) {
        return bits >>> shift & mask;
    }

    static int with(int bits, int shift, int mask, int value) {
        return bits & ~(mask << shift) | value << shift;
    }

    static int with(int bits, int flag, boolean set) {
        return set ? bits | flag : bits & ~flag;
    }
}
