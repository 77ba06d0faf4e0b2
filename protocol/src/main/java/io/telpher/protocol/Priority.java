package io.telpher.protocol;

/** Strict: a low task runs only when its queue has neither high nor normal ones ready. The ordinal is the code on the wire. */
public enum Priority {
    HIGH,
    NORMAL,
    LOW;

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
