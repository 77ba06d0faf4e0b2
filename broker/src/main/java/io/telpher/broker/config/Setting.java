package io.telpher.broker.config;

import java.util.List;

/**
 * One value that a source of settings gives.
 *
 * @param where for people: {@code broker.toml:12:1}, {@code --set}, {@code env TELPHER_HTTP_PORT}
 */
public record Setting(List<String> path, String value, String where) {
    public String key() {
        return String.join(".", path);
    }

    boolean isOfQueue() {
        return path.get(0).equals(ConfigKeys.QUEUES) && !key().equals(ConfigKeys.IDLE_TTL);
    }
}
