package io.telpher.client;

import java.time.Duration;

/** Thrown by a handler: this attempt failed, and the next one should wait just so long instead of the queue's backoff. */
public final class RetryAfter extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Duration delay;

    public RetryAfter(Duration delay, String message) {
        super(message);
        this.delay = delay;
    }

    public Duration delay() {
        return delay;
    }
}
