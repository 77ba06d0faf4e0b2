package io.telpher.benchmarks.rivals;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** Times since tasks were due, of those that were due in a window; by many threads. Longer ones than an hour count as an hour. */
final class Latencies {
    private static final int DIGITS = 3;
    private static final long MAX_NANOS = TimeUnit.HOURS.toNanos(1);

    private final Recorder recorder = new Recorder(MAX_NANOS, DIGITS);
    private volatile long fromNanos = Long.MAX_VALUE;
    private volatile long toNanos = Long.MAX_VALUE;

    /** Nothing counts before that is called. */
    void window(long from, long to) {
        toNanos = to;
        fromNanos = from;
    }

    void record(long dueNanos) {
        // Differences, since nanoTime may be below zero.
        if (fromNanos != Long.MAX_VALUE && dueNanos - fromNanos >= 0 && dueNanos - toNanos < 0) {
            recorder.recordValue(Math.min(MAX_NANOS, Math.max(0, System.nanoTime() - dueNanos)));
        }
    }

    Histogram histogram() {
        return recorder.getIntervalHistogram();
    }
}
