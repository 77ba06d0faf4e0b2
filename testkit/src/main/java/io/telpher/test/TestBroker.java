package io.telpher.test;

import io.telpher.client.Telpher;
import java.time.Duration;
import java.time.Instant;

/**
 * A broker for tests, on free ports of this machine and with a clock that the test moves. Thread-safe.
 *
 * <pre>{@code
 * try (TestBroker broker = TestBroker.start(); Telpher telpher = broker.connect()) {
 *     telpher.submit(TaskSpec.type("reminder").delayMs(86_400_000));
 *     broker.advance(Duration.ofDays(1)); // it can be reserved now
 * }
 * }</pre>
 */
public interface TestBroker extends AutoCloseable {
    /**
     * The real one, in a process of its own, with data in a temporary directory; takes about two seconds. The process ends with this one, however this one ends.
     *
     * @throws IllegalStateException when the process ends instead; what it logged stands above
     */
    static TestBroker start() {
        return ForkedBroker.start();
    }

    /**
     * One inside this process, there in a few milliseconds. It speaks the protocol, so clients are the real ones in any language, and does with tasks what the real broker does: the
     * same tests say so of both. It keeps at most 100,000 tasks, knows no policies of queues, takes weights as preference, and refuses what is for operators.
     */
    static TestBroker inMemory() {
        return new InMemoryBroker();
    }

    /** For clients: {@code tq://127.0.0.1:PORT}. */
    String url();

    /**
     * Of the HTTP API and the web page.
     *
     * @throws UnsupportedOperationException in memory
     */
    String httpUrl();

    /** A client; the caller closes it. */
    default Telpher connect() {
        return Telpher.connect(url());
    }

    /** What the broker's clock shows. */
    Instant now();

    /**
     * Moves the broker's clock forward: delays, backoff, leases, expiry and retention that end by then have ended when this returns, and what they lead to follows.
     *
     * @param time 1 ms to 366 days
     */
    void advance(Duration time);

    /**
     * As {@code kill -9} and a new start would: on another port, with the data and the time that it had.
     *
     * @throws UnsupportedOperationException in memory
     */
    void restart();

    /** Stops it and removes what it wrote. */
    @Override
    void close();

    /** @throws IllegalArgumentException when it is not 1 ms to 366 days */
    static void requireForward(Duration time) {
        if (time.toMillis() < 1 || time.compareTo(Duration.ofDays(366)) > 0) {
            throw new IllegalArgumentException("a clock goes forward by 1 ms to 366 days, not by " + time);
        }
    }
}
