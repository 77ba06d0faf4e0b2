package io.telpher.broker.torture;

/** What is done to the broker. */
enum Fault {
    /** SIGKILL, then a start. */
    KILL(true, false),
    /** SIGTERM, then a start. */
    TERMINATE(true, false),
    /** SIGSTOP for 0.1 to 30 s. */
    STOP(true, false),
    /** SIGKILL, and what was not synced is there in part or not. */
    POWER_CUT(true, true),
    /** The same once more before it is ready again, and once more. */
    POWER_CUT_IN_RECOVERY(true, true),
    /** The next sync fails; the broker has to stop by itself. Then the power is cut or not. */
    SYNC_ERROR(true, true),
    /** No space for some seconds, which the broker sees coming or not. */
    DISK_FULL(true, true),
    /** A start with a heap that may be too small. */
    SMALL_HEAP(true, false),
    /** Connections end. */
    DROP(true, false),
    /** One direction of connections ends. */
    HALF_CLOSE(true, false),
    SLOW_SYNC(false, true),
    /** Bytes come late. */
    DELAY(false, false),
    /** Bytes come a few at a time. */
    TRICKLE(false, false),
    /** The wall clock jumps, either way. */
    CLOCK(false, false);

    /** One of them happens at a time; the others may go on beside it. */
    final boolean isSudden;

    final boolean needsFaultyDisk;

    Fault(boolean isSudden, boolean needsFaultyDisk) {
        this.isSudden = isSudden;
        this.needsFaultyDisk = needsFaultyDisk;
    }
}
