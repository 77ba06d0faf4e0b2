package io.telpher.protocol;

import java.util.Locale;

/** How the wait grows from retry to retry. The ordinal is the code on the wire. */
public enum Backoff {
    /** Whatever the queue's policy says. */
    INHERIT,
    FIXED,
    LINEAR,
    EXPONENTIAL;

    private static final Backoff[] BY_CODE = values();

    /** The one with this code (0-255); {@link #INHERIT} for one that a newer sender made up. */
    public static Backoff of(int code) {
        return code < BY_CODE.length ? BY_CODE[code] : INHERIT;
    }

    static boolean isCode(int code) {
        return code < BY_CODE.length;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
