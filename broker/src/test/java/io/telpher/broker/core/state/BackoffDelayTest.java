package io.telpher.broker.core.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.protocol.Backoff;
import io.telpher.protocol.Limits;
import org.junit.jupiter.api.Test;

class BackoffDelayTest {
    @Test
    void shouldGrowByItsKindUpToTheCap() {
        assertEquals(500, BackoffDelay.ms(Backoff.FIXED, 500, 10_000, 2000, 9));
        assertEquals(1500, BackoffDelay.ms(Backoff.LINEAR, 500, 10_000, 2000, 3));
        assertEquals(10_000, BackoffDelay.ms(Backoff.LINEAR, 500, 10_000, 2000, 21));
        assertEquals(500, BackoffDelay.ms(Backoff.EXPONENTIAL, 500, 10_000, 2000, 1));
        assertEquals(4000, BackoffDelay.ms(Backoff.EXPONENTIAL, 500, 10_000, 2000, 4));
        assertEquals(10_000, BackoffDelay.ms(Backoff.EXPONENTIAL, 500, 10_000, 2000, 6));
        assertEquals(300, BackoffDelay.ms(Backoff.FIXED, 500, 300, 2000, 1));
    }

    @Test
    void shouldGrowEvenFromOneMillisecondByASmallFactor() {
        assertEquals(3, BackoffDelay.ms(Backoff.EXPONENTIAL, 1, 10_000, 1500, 4));
    }

    @Test
    void shouldNotOverflowAtTheLimits() {
        long max = Limits.BACKOFF_MS_MAX;
        for (Backoff kind : new Backoff[] {Backoff.FIXED, Backoff.LINEAR, Backoff.EXPONENTIAL}) {
            for (int attempt = 1; attempt <= Limits.RETRIES_MAX + 1; attempt++) {
                long ms = BackoffDelay.ms(kind, max / 3, max, Limits.FACTOR_MILLIS_MAX, attempt);
                assertTrue(ms >= max / 3 && ms <= max, kind + " attempt " + attempt + ": " + ms);
                long jittered = BackoffDelay.jittered(ms, 100, 77, attempt);
                assertTrue(jittered >= 0 && jittered <= ms, "jitter at attempt " + attempt + ": " + jittered);
            }
        }
    }

    @Test
    void shouldSpreadTasksEvenlyOverTheJitter() {
        int tasks = 10_000;
        long sum = 0;
        for (int id = 1; id <= tasks; id++) {
            long ms = BackoffDelay.jittered(1000, 20, id, 1);
            assertTrue(ms > 800 && ms <= 1000, "" + ms);
            sum += ms;
        }
        assertEquals(900, sum / (double) tasks, 5);
    }
}
