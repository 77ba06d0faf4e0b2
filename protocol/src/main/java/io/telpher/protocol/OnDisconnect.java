package io.telpher.protocol;

/** What becomes of a lease when its worker's connection closes. The ordinal is the code on the wire. */
public enum OnDisconnect {
    INHERIT,
    /** Ready again at once, one crash counted. */
    RELEASE,
    /** The lease goes on until it runs out. */
    KEEP;

    private static final OnDisconnect[] BY_CODE = values();

    /** The one with this code (0-255); {@link #INHERIT} for one that a newer sender made up. */
    public static OnDisconnect of(int code) {
        return code < BY_CODE.length ? BY_CODE[code] : INHERIT;
    }
}
