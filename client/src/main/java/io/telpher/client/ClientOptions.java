package io.telpher.client;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Utf8;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * How a client was set up.
 *
 * @param version of the application, empty when it does not say
 * @param windowRequests under way at once on one connection
 * @param windowBytes of them
 * @param failsWhenFull whether a caller is refused, instead of waiting, when the window is full
 * @param lazy whether nothing waits for the first connection
 * @param autoKeys whether a submit without an idempotency key is given one
 */
record ClientOptions(
        String clientName,
        String version,
        Duration connectTimeout,
        Duration requestTimeout,
        int windowRequests,
        long windowBytes,
        boolean failsWhenFull,
        boolean lazy,
        Executor callbackExecutor,
        ConnectionListener listener,
        Codecs codecs,
        List<Interceptor> interceptors,
        boolean autoKeys) {
    static final int WINDOW_REQUESTS = 16_384;
    private static final long WINDOW_BYTES = 64L << 20;
    private static final long WINDOW_BYTES_MAX = 1L << 30;
    private static final int NAME_BYTES_MAX = 255;
    private static final long TIMEOUT_MS_MAX = 24L * 60 * 60 * 1000;

    static ClientOptions byDefault(String clientName) {
        return new ClientOptions(
                clientName,
                "",
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                WINDOW_REQUESTS,
                windowBytesByDefault(),
                false,
                false,
                Callbacks.byDefault(),
                ConnectionListener.NONE,
                Codecs.of(List.of()),
                List.of(),
                false);
    }

    /** A quarter of the heap at most: what is under way lies in direct memory, whose limit is the heap's by default. */
    private static long windowBytesByDefault() {
        return Math.min(WINDOW_BYTES, Runtime.getRuntime().maxMemory() / 4);
    }

    /** @throws IllegalArgumentException with the first option that is out of its range */
    void check() {
        int nameBytes = Utf8.bytes(clientName).length;
        require(nameBytes <= NAME_BYTES_MAX, "the client's name takes " + nameBytes + " bytes; the limit is 255");
        require(
                Utf8.bytes(version).length <= Limits.CLIENT_VERSION_BYTES_MAX,
                "the version has more than " + Limits.CLIENT_VERSION_BYTES_MAX + " bytes: " + version);
        require(
                windowRequests >= 1 && windowRequests <= WINDOW_REQUESTS,
                "the window is " + windowRequests + " requests; it must be 1 to " + WINDOW_REQUESTS);
        require(
                windowBytes >= 1 && windowBytes <= WINDOW_BYTES_MAX,
                "the window is " + windowBytes + " bytes; it must be 1 to " + WINDOW_BYTES_MAX);
        requireTimeout("connectTimeout", connectTimeout);
        requireTimeout("requestTimeout", requestTimeout);
    }

    static void requireTimeout(String name, Duration timeout) {
        require(
                timeout.compareTo(Duration.ZERO) > 0 && timeout.compareTo(Duration.ofMillis(TIMEOUT_MS_MAX)) <= 0,
                name + " is " + timeout + "; it must be more than 0 and at most 24 h");
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
