package io.telpher.protocol;

import java.util.Locale;

/** Why a task is in the dead-letter queue. The ordinal is the code on the wire. */
public enum DeadReason {
    NONE,
    /** Its last attempt failed. */
    RETRIES_EXHAUSTED,
    /** A worker said that no retry can help. */
    PERMANENT,
    /** Its last attempt ended with a lease that ran out or a connection that closed: it may kill its workers. */
    POISON,
    /** The disk did not give back its payload when it was to be delivered. */
    UNREADABLE;

    private static final DeadReason[] BY_CODE = values();

    /** The one with this code (0-255); {@link #NONE} for one that a newer sender made up. */
    public static DeadReason of(int code) {
        return code < BY_CODE.length ? BY_CODE[code] : NONE;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
