package io.telpher.broker.journal;

/** Where a frame lies in the journal: {@code file number (24 bit) | offset in the file (40 bit)}. 0 = nowhere. */
public final class Location {
    /** No frame lies here: files begin with a header of their own. */
    public static final long NOWHERE = 0;

    private static final int OFFSET_BITS = 40;
    private static final long OFFSET_MASK = (1L << OFFSET_BITS) - 1;

    private Location() {}

    public static long of(int file, long offset) {
        return (long) file << OFFSET_BITS | offset;
    }

    public static int file(long location) {
        return (int) (location >>> OFFSET_BITS);
    }

    public static long offset(long location) {
        return location & OFFSET_MASK;
    }

    /** The location {@code bytes} further on: that of a frame nested in the one at {@code location}. */
    public static long plus(long location, int bytes) {
        return location + bytes;
    }
}
