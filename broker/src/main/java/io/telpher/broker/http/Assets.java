package io.telpher.broker.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the broker serves as it is: the web page, and the description of the API. Read once. */
final class Assets {
    private static final Map<String, Answer> BY_PATH = Map.of(
            "", file("index.html", "text/html; charset=utf-8"),
            "page.js", file("page.js", "text/javascript; charset=utf-8"),
            "page.css", file("page.css", "text/css; charset=utf-8"),
            "openapi.json", file("openapi.json", TaskJson.JSON_TYPE));

    private Assets() {}

    /** @param path without its first slash */
    static @Nullable Answer find(String path) {
        return BY_PATH.get(path);
    }

    private static Answer file(String name, String type) {
        try (InputStream in = Assets.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing in the broker's jar");
            }
            return new Answer(200, type, in.readAllBytes(), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
