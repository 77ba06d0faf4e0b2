package io.telpher.broker.core;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The words of a script line, taken one after another. A quoted text is one word. */
final class Phrase {
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");
    private static final Pattern TIME = Pattern.compile("(-?[0-9.]+)(ms|s|min|h|d)");

    private final String line;
    private final List<String> words = new ArrayList<>();
    private int next;

    Phrase(String line) {
        this.line = line;
        Matcher matcher = WORD.matcher(line);
        while (matcher.find()) {
            words.add(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
        }
    }

    boolean isEnd() {
        return next == words.size();
    }

    String word() {
        if (isEnd()) {
            throw new IllegalArgumentException("something is missing at the end of: " + line);
        }
        return words.get(next++);
    }

    /** Takes these words if they come next. */
    boolean takes(String expected) {
        String[] parts = expected.split(" ");
        for (int i = 0; i < parts.length; i++) {
            if (next + i >= words.size() || !words.get(next + i).equals(parts[i])) {
                return false;
            }
        }
        next += parts.length;
        return true;
    }

    long ms() {
        return ms(word());
    }

    int number() {
        return Integer.parseInt(word().replace("%", ""));
    }

    /** Words parted by commas: {@code mail, sms}. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        String word;
        do {
            word = word();
            names.add(word.replace(",", ""));
        } while (word.endsWith(","));
        return names;
    }

    void end() {
        if (!isEnd()) {
            throw new IllegalArgumentException("\"" + words.get(next) + "\" is not understood in: " + line);
        }
    }

    static long ms(String text) {
        Matcher matcher = TIME.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is no time; use 250ms, 1.5s, 2min, 1h, 1d");
        }
        long unit =
                switch (matcher.group(2)) {
                    case "ms" -> 1;
                    case "s" -> 1000;
                    case "min" -> 60_000;
                    case "h" -> 3_600_000;
                    default -> 86_400_000;
                };
        return Math.round(Double.parseDouble(matcher.group(1)) * unit);
    }
}
