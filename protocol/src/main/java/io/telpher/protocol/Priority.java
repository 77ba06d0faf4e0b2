package io.telpher.protocol;

/** Strict: a low task runs only when its queue has neither high nor normal ones ready. The ordinal is the code on the wire. */
public enum Priority {
    /** Before all others of its queue. */
    HIGH,
    /** Unless something else is said. */
    NORMAL,
    /** When nothing else is ready, or as its queue's {@code minimum_share} says. */
    LOW;

    /** How many there are. */
    public static final int COUNT = values().length;

    private static final Priority[] BY_CODE = values();

    /** The one with this code (0-255); {@link #NORMAL} for one that a newer sender made up. */
    public static Priority of(int code) {
        return code < COUNT ? BY_CODE[code] : NORMAL;
    }

    /** The word on the API: {@code high}, {@code normal}, {@code low}. */
    public String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
