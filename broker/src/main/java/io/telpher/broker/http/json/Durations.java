package io.telpher.broker.http.json;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Durations as people write them: {@code 500ms}, {@code 30s}, {@code 5m}, {@code 2h}, {@code 7d}; a number alone means seconds. */
public final class Durations {
    private static final int DIGITS_MAX = 12;

    private Durations() {}

    /** @param name for the refusal */
    public static long ms(String name, String text) throws Refusal {
        int digits = 0;
        while (digits < text.length() && Words.isDigit(text.charAt(digits))) {
            digits++;
        }
        TimeUnit unit = unit(text.substring(digits));
        if (unit == null || digits == 0 || digits > DIGITS_MAX) {
            throw Refusal.bad(name + " is a duration like 500ms, 30s, 5m, 2h or 7d, not \"" + text + "\"");
        }
        try {
            return Math.multiplyExact(unit.toMillis(1), Long.parseLong(text.substring(0, digits)));
        } catch (ArithmeticException e) {
            throw Refusal.bad(name + " is out of range: \"" + text + "\"");
        }
    }

    private static @Nullable TimeUnit unit(String word) {
        return switch (word) {
            case "ms" -> TimeUnit.MILLISECONDS;
            case "", "s" -> TimeUnit.SECONDS;
            case "m" -> TimeUnit.MINUTES;
            case "h" -> TimeUnit.HOURS;
            case "d" -> TimeUnit.DAYS;
            default -> null;
        };
    }
}
