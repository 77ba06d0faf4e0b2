package io.telpher.broker.partition.query;

import io.telpher.broker.journal.SyncObserver;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/** How long syncs took lately, in so far as it is asked every few seconds, which the broker itself does. Any thread may tell, the partition's asks. */
public final class RecentSyncs implements SyncObserver {
    /** Percentiles are within 1 %. */
    private static final int DIGITS = 2;

    /** The figures cover one to two of these. */
    private static final long PART_MS = 5_000;

    private static final double NEARLY_ALL = 99;

    private final Recorder micros = new Recorder(DIGITS);
    private Histogram before = new Histogram(DIGITS);
    private Histogram present = new Histogram(DIGITS);
    private @Nullable Histogram recycled;
    private long presentSinceMs;

    @Override
    public void synced(long nanos, long records) {
        micros.recordValue(TimeUnit.NANOSECONDS.toMicros(nanos));
    }

    /** 99 % of the last seconds' syncs took no longer; 0 when there was none. */
    public long p99Micros(long nowMs) {
        recycled = micros.getIntervalHistogram(recycled);
        present.add(recycled);
        Histogram both = before.copy();
        both.add(present);
        if (nowMs - presentSinceMs >= PART_MS) {
            Histogram forgotten = before;
            forgotten.reset();
            before = present;
            present = forgotten;
            presentSinceMs = nowMs;
        }
        return both.getTotalCount() == 0 ? 0 : both.getValueAtPercentile(NEARLY_ALL);
    }
}
