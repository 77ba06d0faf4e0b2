package io.telpher.broker.core.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.protocol.Backoff;
import io.telpher.protocol.Limits;
import java.math.BigDecimal;
import java.math.RoundingMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** What holds for every policy that is taken. */
class BackoffPropertiesTest {
    private static final long YEAR_MS = 366L * 24 * 3_600_000;

    @Property(tries = 2000)
    void shouldNeverFallNorPassTheCap(
            @ForAll Backoff kind,
            @ForAll @LongRange(max = YEAR_MS) long baseMs,
            @ForAll @LongRange(max = YEAR_MS) long capMs,
            @ForAll @IntRange(min = Limits.FACTOR_MILLIS_MIN, max = Limits.FACTOR_MILLIS_MAX) int factorMillis,
            @ForAll @IntRange(min = 1, max = Limits.RETRIES_MAX) int attempt) {
        long ms = BackoffDelay.ms(kind, baseMs, capMs, factorMillis, attempt);
        long next = BackoffDelay.ms(kind, baseMs, capMs, factorMillis, attempt + 1);
        assertTrue(ms >= Math.min(baseMs, capMs) && ms <= capMs, "" + ms);
        assertTrue(next >= ms, next + " after " + ms);
    }

    @Property(tries = 500)
    void shouldGrowByItsFactor(
            @ForAll @LongRange(min = 1, max = 100_000) long baseMs,
            @ForAll @IntRange(min = Limits.FACTOR_MILLIS_MIN, max = 5_000) int factorMillis,
            @ForAll @IntRange(min = 1, max = 10) int attempt) {
        long ms = BackoffDelay.ms(Backoff.EXPONENTIAL, baseMs, YEAR_MS, factorMillis, attempt);
        long exact = BigDecimal.valueOf(factorMillis, 3)
                .pow(attempt - 1)
                .multiply(BigDecimal.valueOf(baseMs))
                .min(BigDecimal.valueOf(YEAR_MS))
                .setScale(0, RoundingMode.FLOOR)
                .longValue();
        // Rounded down to a microsecond at each step, and each step makes that error larger by the factor.
        double lostMs = attempt * Math.pow(factorMillis / 1000.0, attempt) / 1000.0;
        assertTrue(ms <= exact && ms >= exact - 1 - lostMs, ms + " is not " + exact);
    }

    @Property(tries = 2000)
    void shouldTakeAwayNoMoreThanTheJitter(
            @ForAll @LongRange(max = YEAR_MS) long ms,
            @ForAll @IntRange(max = 100) int jitterPercent,
            @ForAll long taskId,
            @ForAll @IntRange(min = 1, max = Limits.RETRIES_MAX) int attempt) {
        long jittered = BackoffDelay.jittered(ms, jitterPercent, taskId, attempt);
        assertTrue(jittered <= ms && jittered >= ms - ms * jitterPercent / 100, jittered + " of " + ms);
        assertEquals(jittered, BackoffDelay.jittered(ms, jitterPercent, taskId, attempt), "the same again");
    }
}
