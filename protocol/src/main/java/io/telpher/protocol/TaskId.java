package io.telpher.protocol;

/** A task's id: {@code partition (16 bit) | sequence (48 bit)}, shown as {@code t-} and lower-case hex without leading zeros. */
public final class TaskId {
    private static final int SEQUENCE_BITS = 48;
    private static final int HEX_DIGITS_MAX = 16;
    private static final String PREFIX = "t-";

    public static final long SEQUENCE_MAX = (1L << SEQUENCE_BITS) - 1;

    private TaskId() {}

    public static long of(int partition, long sequence) {
        return (long) partition << SEQUENCE_BITS | sequence;
    }

    public static int partition(long taskId) {
        return (int) (taskId >>> SEQUENCE_BITS);
    }

    public static long sequence(long taskId) {
        return taskId & SEQUENCE_MAX;
    }

    public static String format(long taskId) {
        return PREFIX + Long.toHexString(taskId);
    }

    /**
     * The id that {@link #format} shows so.
     *
     * @throws IllegalArgumentException when the text is no task id
     */
    public static long parse(String text) {
        boolean plausible = text.startsWith(PREFIX)
                && text.length() > PREFIX.length()
                && text.length() <= PREFIX.length() + HEX_DIGITS_MAX;
        for (int i = PREFIX.length(); plausible && i < text.length(); i++) {
            char c = text.charAt(i);
            plausible = c >= '0' && c <= '9' || c >= 'a' && c <= 'f';
        }
        if (!plausible) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a task id; it looks like t-7f3a2 (lower-case hex after t-)");
        }
        return Long.parseUnsignedLong(text, PREFIX.length(), text.length(), 16);
    }
}
