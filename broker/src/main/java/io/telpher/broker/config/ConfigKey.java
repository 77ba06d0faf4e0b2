package io.telpher.broker.config;

import java.util.List;

/**
 * One key of the configuration, as conf/broker.toml, the schema for editors and {@code tq config} know it.
 *
 * @param name as in {@code journal.dir}; of a queue's field only the last part
 * @param byDefault as it is written in TOML, without quotes
 * @param words what a {@link Kind#WORD} may be
 * @param min the least that a number or percentage may be
 * @param max the most
 * @param live whether a reload brings a change into effect
 */
public record ConfigKey(
        String name,
        Kind kind,
        String byDefault,
        List<String> words,
        double min,
        double max,
        boolean live,
        String description) {
    /** How a value is written. */
    public enum Kind {
        TEXT,
        NUMBER,
        DECIMAL,
        DURATION,
        SIZE,
        PERCENT,
        WORD,
        FLAG
    }

    /** A key that a reload changes in the running broker. */
    static ConfigKey live(String name, Kind kind, String byDefault, String description) {
        return new ConfigKey(name, kind, byDefault, List.of(), 0, Double.MAX_VALUE, true, description);
    }

    /** A key that is fixed until the next start. */
    static ConfigKey fixed(String name, Kind kind, String byDefault, String description) {
        return new ConfigKey(name, kind, byDefault, List.of(), 0, Double.MAX_VALUE, false, description);
    }

    ConfigKey oneOf(String... accepted) {
        return new ConfigKey(name, kind, byDefault, List.of(accepted), min, max, live, description);
    }

    ConfigKey within(double least, double most) {
        return new ConfigKey(name, kind, byDefault, words, least, most, live, description);
    }
}
