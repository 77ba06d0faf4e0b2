package io.telpher.client;

import java.time.Duration;
import java.util.Objects;

/**
 * Thrown by a handler: this attempt failed, and the next one should wait just so long instead of the queue's backoff.
 *
 * <pre>{@code
 * telpher.worker("mail").start(task -> {
 *     if (isRateLimited()) {
 *         throw new RetryAfter(Duration.ofMinutes(1), "the provider takes no more this minute");
 *     }
 *     send(task.text());
 *     return Result.NONE;
 * });
 * }</pre>
 */
public final class RetryAfter extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Duration delay;

    /**
     * The attempt failed for now.
     *
     * @param delay until the next attempt, 0 to 366 days; what is beyond makes the task a dead letter that says so
     * @param message the error that is kept with the task
     */
    public RetryAfter(Duration delay, String message) {
        super(message);
        this.delay = Objects.requireNonNull(delay, "delay");
    }

    /** Until the next attempt. */
    public Duration delay() {
        return delay;
    }
}
