package io.telpher.broker.config;

import java.util.List;

/** Everything that is wrong with a configuration, at once. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient List<String> problems;

    ConfigException(List<String> problems) {
        super(String.join(System.lineSeparator(), problems));
        this.problems = List.copyOf(problems);
    }

    /** One line each: code, place, what, and the way out. */
    public List<String> problems() {
        return problems;
    }
}
