package io.telpher.client;

import io.telpher.protocol.Limits;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * When a failed attempt is followed by another, as its worker sees it. Asked only for exceptions that do not say so themselves ({@link PermanentFailure}, {@link RetryAfter}). A
 * task's own {@code maxRetries} still ends it earlier. Thread-safe.
 *
 * <pre>{@code
 * worker.on("mail", Mail.class, this::send).retry("mail", RetryPolicy.exponential(8, Duration.ofSeconds(2), Duration.ofHours(1)).neverFor(AddressException.class));
 * }</pre>
 */
@FunctionalInterface
public interface RetryPolicy {
    /** No further attempt: the task is a dead letter. */
    Duration NEVER = Duration.ofMillis(-1);

    /**
     * What follows this failure.
     *
     * @param task its {@link ReservedTask#attempt} has just failed
     * @return the time until the next attempt, at most 366 days; {@link #NEVER}; null = what the task or its queue says
     */
    @Nullable
    Duration delay(ReservedTask task, Throwable failure);

    /**
     * The same time after each attempt.
     *
     * @param attemptsMax with the first; 1 or more
     * @param delay 0 to 366 days
     * @throws IllegalArgumentException when one of them is out of its range
     */
    static RetryPolicy fixed(int attemptsMax, Duration delay) {
        requireSound(attemptsMax, delay, delay);
        return (task, failure) -> task.attempt() < attemptsMax ? delay : NEVER;
    }

    /**
     * Twice as long after each attempt, each time shorter by chance by up to a fifth.
     *
     * @param attemptsMax with the first; 1 or more
     * @param base after the first attempt
     * @param cap the longest; at most 366 days
     * @throws IllegalArgumentException when one of them is out of its range
     */
    static RetryPolicy exponential(int attemptsMax, Duration base, Duration cap) {
        requireSound(attemptsMax, base, cap);
        return (task, failure) -> {
            if (task.attempt() >= attemptsMax) {
                return NEVER;
            }
            int doublings = Math.min(task.attempt() - 1, 40);
            double ms = Math.min((double) cap.toMillis(), base.toMillis() * Math.pow(2, doublings));
            return Duration.ofMillis((long) (ms * ThreadLocalRandom.current().nextDouble(0.8, 1)));
        };
    }

    private static void requireSound(int attemptsMax, Duration base, Duration cap) {
        boolean isSound = attemptsMax >= 1
                && !base.isNegative()
                && cap.compareTo(base) >= 0
                && cap.compareTo(Duration.ofMillis(Limits.DELAY_MS_MAX)) <= 0;
        if (!isSound) {
            throw new IllegalArgumentException("attemptsMax must be 1 or more, and 0 <= base <= cap <= 366 days, not "
                    + attemptsMax + ", " + base + ", " + cap);
        }
    }

    /** This policy, but no further attempt after an exception of this class, wrapped ones included. */
    default RetryPolicy neverFor(Class<? extends Throwable> kind) {
        return (task, failure) -> Outcomes.cause(failure, kind) == null ? delay(task, failure) : NEVER;
    }
}
