package io.telpher.client;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by a handler: no retry can help, the task goes to the dead-letter queue at once.
 *
 * <pre>{@code
 * telpher.worker("mail").start(task -> {
 *     if (task.text().isEmpty()) {
 *         throw new PermanentFailure("a mail without text");
 *     }
 *     send(task.text());
 *     return Result.NONE;
 * });
 * }</pre>
 */
public final class PermanentFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param message the error that is kept with the dead letter */
    public PermanentFailure(String message) {
        super(message);
    }

    /** @param message the error that is kept with the dead letter, with the stack of {@code cause} as far as 8 KiB go */
    public PermanentFailure(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
