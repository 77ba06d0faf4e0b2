package io.telpher.client;

import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.session.ErrorReply;
import org.jspecify.annotations.Nullable;

/**
 * The broker refused a request (it changed nothing), or could not be asked.
 *
 * <pre>{@code
 * try {
 *     telpher.submit(TaskSpec.type("mail").queue("mail").payload("hello"));
 * } catch (TelpherException e) {
 *     if (e.code() == ErrorCode.QUEUE_PAUSED) {
 *         tryAgainIn(e.retryAfterMs());
 *     } else {
 *         throw e;
 *     }
 * }
 * }</pre>
 */
public class TelpherException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final @Nullable ErrorCode code;
    private final int retryAfterMs;

    TelpherException(@Nullable ErrorCode code, String message, int retryAfterMs, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.retryAfterMs = retryAfterMs;
    }

    static TelpherException of(ErrorReply error) {
        String hint = error.hint().isEmpty() ? "" : " (" + error.hint() + ")";
        return new TelpherException(
                error.code(), error.code() + ": " + error.message() + hint, error.retryAfterMs(), null);
    }

    /** Why it was refused; null when the broker could not be asked, or is newer and made up another code. */
    public @Nullable ErrorCode code() {
        return code;
    }

    /** When to try again, 0 when that would not help. */
    public int retryAfterMs() {
        return retryAfterMs;
    }

    /** The same request may succeed later, unchanged. */
    final boolean isRetryable() {
        return code != null && code.retryable();
    }
}
