package io.telpher.broker.core.state;

import io.telpher.broker.core.hash.Mix;
import io.telpher.protocol.Backoff;

/** How long a task waits before its next attempt. Whole numbers only: the same on every machine and in every replay. */
final class BackoffDelay {
    private static final long MICROS_PER_MS = 1000;
    private static final int FACTOR_ONE = 1000;
    private static final int JITTER_STEPS = 1 << 16;

    private BackoffDelay() {}

    /**
     * @param factorMillis growth in thousandths, at least 1000
     * @param attempt 1 for the first
     */
    static long ms(Backoff kind, long baseMs, long capMs, int factorMillis, int attempt) {
        return switch (kind) {
            case LINEAR -> baseMs > capMs / attempt ? capMs : baseMs * attempt;
            case EXPONENTIAL -> exponentialMs(baseMs, capMs, factorMillis, attempt);
            case FIXED, INHERIT -> Math.min(baseMs, capMs);
        };
    }

    /** Reckoned in microseconds, or small bases would be rounded back to themselves; cannot overflow below 366 days x 100. */
    private static long exponentialMs(long baseMs, long capMs, int factorMillis, int attempt) {
        long capMicros = capMs * MICROS_PER_MS;
        long micros = Math.min(baseMs * MICROS_PER_MS, capMicros);
        int growths = factorMillis == FACTOR_ONE || micros == 0 ? 0 : attempt - 1;
        for (int i = 0; i < growths && micros < capMicros; i++) {
            micros = Math.min(micros * factorMillis / FACTOR_ONE, capMicros);
        }
        return micros / MICROS_PER_MS;
    }

    /** Up to {@code jitterPercent} less, so that the cap holds: which part is fixed by task and attempt. */
    static long jittered(long ms, int jitterPercent, long taskId, int attempt) {
        long step = Mix.add(taskId, attempt) >>> Long.SIZE - 16;
        return ms - ms * jitterPercent / 100 * step / JITTER_STEPS;
    }
}
