package io.telpher.broker.config;

import java.util.List;

/**
 * One value that somebody gave.
 *
 * @param where for people: {@code broker.toml:12:1}, {@code --set}, {@code env TELPHER_HTTP_PORT}
 */
record Setting(List<String> path, String value, String where) {
    String key() {
        return String.join(".", path);
    }
}
