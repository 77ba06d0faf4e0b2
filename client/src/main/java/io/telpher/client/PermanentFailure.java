package io.telpher.client;

import org.jspecify.annotations.Nullable;

/** Thrown by a handler: no retry can help, the task goes to the dead-letter queue at once. */
public final class PermanentFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    public PermanentFailure(String message) {
        super(message);
    }

    public PermanentFailure(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
