package io.telpher.broker.partition.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What an operator is told of the disk is about now. */
class RecentSyncsTest {
    private final RecentSyncs syncs = new RecentSyncs();
    private long nowMs = 1_000_000;

    private void sync(long micros) {
        syncs.synced(TimeUnit.MICROSECONDS.toNanos(micros), 1);
    }

    private long p99After(long ms) {
        nowMs += ms;
        return syncs.p99Micros(nowMs);
    }

    /** 100 ms, as far as the histogram tells. */
    private static void assertSlow(long micros) {
        assertTrue(micros >= 100_000 && micros <= 101_000, () -> micros + " us");
    }

    @Test
    void shouldTellNothingOfNothing() {
        assertEquals(0, p99After(0));
    }

    @Test
    void shouldTellTheSameToAllWhoAskAtTheSameTime() {
        sync(100);
        assertEquals(100, p99After(100));
        assertEquals(100, p99After(0));
    }

    @Test
    void shouldNotLetOneSlowSyncAmongManyCount() {
        for (int i = 0; i < 1_000; i++) {
            sync(i == 500 ? 100_000 : 100);
        }
        assertEquals(100, p99After(100));
    }

    @Test
    void shouldForgetWhatIsLongAgo() {
        p99After(0);
        sync(100_000);
        assertSlow(p99After(1_000));
        sync(100);
        assertSlow(p99After(4_000));
        sync(100);
        assertSlow(p99After(5_000));
        assertEquals(100, p99After(1_000));
        p99After(5_000);
        assertEquals(0, p99After(5_000));
    }
}
