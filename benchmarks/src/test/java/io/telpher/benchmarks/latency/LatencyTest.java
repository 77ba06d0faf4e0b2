package io.telpher.benchmarks.latency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Seconds, logs and metrics as {@code bin/bench latency} reads them. */
class LatencyTest {
    private static final Instant START = Instant.parse("2026-11-28T12:00:00Z");

    private static long ms(long count) {
        return TimeUnit.MILLISECONDS.toNanos(count);
    }

    @Test
    void shouldCountALatencyInTheSecondInWhichItsTaskWasDue() {
        Series series = new Series(ms(10_000), 3);
        series.record(ms(10_900), ms(12_900)); // two seconds late, of the first second
        series.record(ms(11_500), ms(11_501));
        series.record(ms(9_999), ms(20_000)); // of the warm-up
        series.record(ms(13_000), ms(13_001)); // of what comes after
        assertEquals(1, series.tasks(0));
        assertEquals(1, series.tasks(1));
        assertEquals(0, series.tasks(2));
        assertEquals(0, series.worst());
        assertEquals(2_000, series.maxMs(0), 20);
        assertEquals(2, series.whole().getTotalCount());
    }

    @Test
    void shouldReadPausesOutOfTheJvmsLog(@TempDir Path directory) throws IOException {
        Path log = Files.writeString(directory.resolve("jvm.log"), """
                [2026-11-28T12:00:01.000+0000] Using Parallel
                [2026-11-28T12:00:02.512+0000] GC(3) Pause Young (Allocation Failure) 65M->3M(245M) 12.500ms
                [2026-11-28T12:00:02.512+0000] Safepoint "ParallelGCFailedAllocation", Time since last: 1 ns, Reaching safepoint: 1 ns, Total: 12600000 ns
                [2026-11-28T12:00:03.005+0000] Safepoint "Cleanup", Time since last: 1 ns, Reaching safepoint: 4000000 ns, At safepoint: 1000000 ns, Total: 5000000 ns
                [2026-11-28T12:00:04.000+0000] Safepoint "Cleanup", Time since last: 1 ns, Reaching safepoint: 1 ns, At safepoint: 1 ns, Total: 20000 ns
                """);
        assertEquals(
                List.of(
                        new Event(
                                Event.Kind.BROKER_GC,
                                2_499.5,
                                2_512,
                                "Pause Young (Allocation Failure) 65M->3M(245M), 12.5 ms"),
                        new Event(Event.Kind.SAFEPOINT, 3_000, 3_005, "Cleanup, 5.0 ms")),
                new BrokerLogs(START).jvm(log));
    }

    @Test
    void shouldReadSnapshotsAndCopiesOutOfTheBrokersLog(@TempDir Path directory) throws IOException {
        Path log = Files.writeString(directory.resolve("broker.log"), """
                2026-11-28T12:00:05.000Z INFO  Snapshots snapshot of 500123 records: 3 tasks, 900 bytes in 400 ms; the partition was held up for at most 210 us
                2026-11-28T13:00:06.000+01:00 INFO  Compactor copied 4096 bytes out of 2 journal files
                2026-11-28T12:00:07.000Z INFO  Compactor 3 journal files were not needed any more; 0 that no start needs are left
                """);
        List<Event> events = new BrokerLogs(START).broker(log);
        assertEquals(2, events.size(), events::toString);
        assertEquals(Event.Kind.SNAPSHOT, events.get(0).kind());
        assertEquals(4_600, events.get(0).startMs());
        assertEquals(5_000, events.get(0).endMs());
        assertEquals(Event.Kind.COMPACTION, events.get(1).kind());
        assertEquals(6_000, events.get(1).endMs());
    }

    @Test
    void shouldTellTheSlowestSyncFromItsBuckets() {
        SortedMap<Double, Double> before = Watch.syncs(buckets(10, 12, 12));
        assertEquals(12.0, before.get(100.0));
        assertEquals(0, Watch.slowest(before, before), "there were none");
        assertEquals(1, Watch.slowest(before, Watch.syncs(buckets(15, 17, 17))));
        assertEquals(100, Watch.slowest(before, Watch.syncs(buckets(15, 18, 18))));
        assertEquals(Double.POSITIVE_INFINITY, Watch.slowest(before, Watch.syncs(buckets(10, 12, 13))));
    }

    private static String buckets(int oneMs, int hundredMs, int all) {
        return "# TYPE telpher_journal_sync_seconds histogram\n"
                + "telpher_journal_sync_seconds_bucket{le=\"0.001\"} " + oneMs + "\n"
                + "telpher_journal_sync_seconds_bucket{le=\"0.1\"} " + hundredMs + "\n"
                + "telpher_journal_sync_seconds_bucket{le=\"+Inf\"} " + all + "\n"
                + "telpher_journal_sync_seconds_count " + all + "\n";
    }

    @Test
    void shouldExplainASecondByWhatOverlapsItsWaiting() {
        Series series = new Series(0, 3);
        series.record(ms(1_500), ms(2_700));
        Event during = new Event(Event.Kind.SNAPSHOT, 2_100, 2_150, "snapshot of 1 records");
        Event later = new Event(Event.Kind.BROKER_GC, 4_000, 4_010, "Pause Full");
        String told = Explanation.of(series, series.worst(), List.of(later, during));
        assertTrue(told.startsWith("second 1: 1 tasks were due"), told);
        assertTrue(told.contains("snapshot at 2.1 s: snapshot of 1 records"), told);
        assertFalse(told.contains("Pause Full"), told);
        assertTrue(Explanation.of(series, 1, List.of(later))
                .endsWith("nothing was marked until its last task was in a handler"));
    }
}
