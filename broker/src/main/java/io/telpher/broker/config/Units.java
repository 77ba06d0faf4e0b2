package io.telpher.broker.config;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations, sizes and percentages as people write them. */
public final class Units {
    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("(\\d+)\\s*([A-Za-z%]*)");
    private static final Map<String, Long> MILLIS =
            Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "min", 60_000L, "h", 3_600_000L, "d", 86_400_000L);
    private static final Map<String, Long> BYTES =
            Map.of("", 1L, "B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30, "kB", 1_000L, "MB", 1_000_000L);

    private Units() {}

    public static long durationMs(String text) {
        return parse(text, MILLIS, "a duration like \"500ms\", \"30s\", \"10m\", \"24h\", \"7d\"");
    }

    /** @throws IllegalArgumentException when it is no size */
    public static long bytes(String text) {
        return parse(text, BYTES, "a size like \"64KiB\", \"1MiB\"");
    }

    static boolean flag(String text) {
        if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException("\"" + text + "\" is not true or false");
        }
        return text.equals("true");
    }

    static int percent(String text) {
        return small(text, parse(text, Map.of("", 1L, "%", 1L), "a percentage like 20 or \"20%\""));
    }

    /** @throws IllegalArgumentException when the number that the text stands for is out of an int's range */
    static int small(String text, long number) {
        if (number != (int) number) {
            throw new IllegalArgumentException("\"" + text + "\" is out of range");
        }
        return (int) number;
    }

    private static long parse(String text, Map<String, Long> units, String wanted) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text.trim());
        Long unit = matcher.matches() ? units.get(matcher.group(2)) : null;
        if (unit == null) {
            throw new IllegalArgumentException("\"" + text + "\" is not " + wanted);
        }
        try {
            return Math.multiplyExact(Long.parseLong(matcher.group(1)), unit);
        } catch (NumberFormatException | ArithmeticException e) {
            throw new IllegalArgumentException("\"" + text + "\" is out of range", e);
        }
    }
}
