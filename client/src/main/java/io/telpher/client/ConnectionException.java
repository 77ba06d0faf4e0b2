package io.telpher.client;

import org.jspecify.annotations.Nullable;

/**
 * The connection was lost, or could not be made. When {@link #isOutcomeUnknown}, the request may or may not have taken effect.
 *
 * <pre>{@code
 * try {
 *     telpher.submit(TaskSpec.type("mail").payload("hello"));
 * } catch (ConnectionException e) {
 *     if (e.isOutcomeUnknown()) {
 *         log.warn("perhaps submitted: " + e.getMessage());
 *     }
 * }
 * }</pre>
 */
public final class ConnectionException extends TelpherException {
    private static final long serialVersionUID = 1;

    private final boolean outcomeUnknown;

    ConnectionException(String message, boolean outcomeUnknown, @Nullable Throwable cause) {
        super(null, message, 0, cause);
        this.outcomeUnknown = outcomeUnknown;
    }

    /** True when the request had been sent and no reply came: submit again only with an idempotency key. */
    public boolean isOutcomeUnknown() {
        return outcomeUnknown;
    }
}
