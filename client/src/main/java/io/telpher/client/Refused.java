package io.telpher.client;

import org.jspecify.annotations.Nullable;

/** How a worker goes on after a failed request. */
final class Refused {
    static final long RETRY_MS = 500;

    private static final System.Logger LOG = System.getLogger(WorkerOptions.LOGGER);

    private Refused() {}

    /** Milliseconds until the next reserve. A refusal of the broker explains itself; any other failure is a bug and is logged with its stack. */
    static long waitAfter(String worker, @Nullable Throwable failure) {
        if (!(failure instanceof TelpherException refusal)) {
            LOG.log(System.Logger.Level.WARNING, "worker " + worker + " can't reserve", failure);
            return RETRY_MS;
        }
        boolean isUsual = refusal.isRetryable();
        LOG.log(
                isUsual ? System.Logger.Level.INFO : System.Logger.Level.WARNING,
                "worker " + worker + " can't reserve, and tries again: " + refusal.getMessage());
        return Math.max(RETRY_MS, refusal.retryAfterMs());
    }

    static boolean isForGood(@Nullable Throwable failure) {
        return failure instanceof TelpherException refusal
                && !(failure instanceof ConnectionException)
                && !refusal.isRetryable();
    }
}
