package io.telpher.broker.partition.replica;

import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.broker.journal.SyncObserver;
import io.telpher.protocol.TaskState;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * How long tasks were ready before a worker got them, and how long syncs took, since the last question. Any thread may record; one asks.
 */
public final class LatencyRecorder implements TransitionListener, SyncObserver {
    /** Percentiles are within 1 %. */
    private static final int DIGITS = 2;

    private static final double HALF = 50;
    private static final double NEARLY_ALL = 99;
    private static final double MICROS_PER_MS = 1e3;

    private final Recorder waitsMs = new Recorder(DIGITS);
    private final Recorder syncsMicros = new Recorder(DIGITS);

    /**
     * Of one interval, in ms; NaN where nothing happened.
     *
     * @param waitP50 between ready and running
     */
    public record Percentiles(double waitP50, double waitP99, double syncP50, double syncP99) {}

    @Override
    public void moved(TaskCursor task, TaskState from) {
        if (task.state() == TaskState.ACTIVE) {
            waitsMs.recordValue(Math.max(0, task.waitedMs()));
        }
    }

    @Override
    public void synced(long nanos, long records) {
        syncsMicros.recordValue(TimeUnit.NANOSECONDS.toMicros(nanos));
    }

    /** Since the call before. */
    public Percentiles take() {
        Histogram waits = waitsMs.getIntervalHistogram();
        Histogram syncs = syncsMicros.getIntervalHistogram();
        return new Percentiles(
                at(waits, HALF),
                at(waits, NEARLY_ALL),
                at(syncs, HALF) / MICROS_PER_MS,
                at(syncs, NEARLY_ALL) / MICROS_PER_MS);
    }

    private static double at(Histogram times, double percentile) {
        return times.getTotalCount() == 0 ? Double.NaN : times.getValueAtPercentile(percentile);
    }
}
