package io.telpher.broker.http;

import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 500ms}, {@code 30s}, {@code 5m}, {@code 2h}, {@code 7d}; a number alone means seconds. */
final class Durations {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)?");

    private Durations() {}

    /** @param name for the refusal */
    static long ms(String name, String text) throws Refusal {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw Refusal.bad(name + " is a duration like 500ms, 30s, 5m, 2h or 7d, not \"" + text + "\"");
        }
        return unit(matcher.group(2)).toMillis(Long.parseLong(matcher.group(1)));
    }

    private static TimeUnit unit(@org.jspecify.annotations.Nullable String word) {
        return switch (word == null ? "s" : word) {
            case "ms" -> TimeUnit.MILLISECONDS;
            case "m" -> TimeUnit.MINUTES;
            case "h" -> TimeUnit.HOURS;
            case "d" -> TimeUnit.DAYS;
            default -> TimeUnit.SECONDS;
        };
    }
}
