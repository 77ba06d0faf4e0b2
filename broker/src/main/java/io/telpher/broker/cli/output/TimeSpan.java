package io.telpher.broker.cli.output;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How long, as people write it in an option: 90s, 5m, 2h, 7d. */
public final class TimeSpan {
    private static final Pattern SPAN = Pattern.compile("(\\d{1,9})(s|m|h|d)");

    private TimeSpan() {}

    /** Null when it is something else. */
    public static @Nullable Duration of(String text) {
        Matcher span = SPAN.matcher(text);
        if (!span.matches()) {
            return null;
        }
        long count = Long.parseLong(span.group(1));
        return switch (span.group(2)) {
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            case "d" -> Duration.ofDays(count);
            default -> Duration.ofSeconds(count);
        };
    }

    /** @throws IllegalArgumentException when it is something else */
    public static Duration parse(String option, String text) {
        Duration span = of(text);
        if (span == null) {
            throw new IllegalArgumentException(option + " is a time like 90s, 5m or 2h, not \"" + text + "\"");
        }
        return span;
    }
}
