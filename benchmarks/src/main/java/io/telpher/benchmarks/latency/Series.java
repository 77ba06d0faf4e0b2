package io.telpher.benchmarks.latency;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Latencies by the second in which each task was due, so that a stall shows where it began and counts for all that were due during it. Recorded by many threads, read afterwards.
 */
final class Series {
    private static final int DIGITS = 2;
    private static final long MAX_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final double MS = 1e6;

    private final long startNanos;
    private final ConcurrentHistogram[] seconds;

    /** @param startNanos of {@link System#nanoTime}, when the first second begins */
    Series(long startNanos, int seconds) {
        this.startNanos = startNanos;
        this.seconds = new ConcurrentHistogram[seconds];
        for (int i = 0; i < seconds; i++) {
            this.seconds[i] = new ConcurrentHistogram(MAX_NANOS, DIGITS);
            this.seconds[i].setAutoResize(false);
        }
    }

    /** Nothing when it was due before the first second or after the last. */
    void record(long dueNanos, long nowNanos) {
        long since = dueNanos - startNanos;
        int second = (int) Math.floorDiv(since, TimeUnit.SECONDS.toNanos(1));
        if (second >= 0 && second < seconds.length) {
            seconds[second].recordValue(Math.min(MAX_NANOS, Math.max(0, nowNanos - dueNanos)));
        }
    }

    int count() {
        return seconds.length;
    }

    long tasks(int second) {
        return seconds[second].getTotalCount();
    }

    double percentileMs(int second, double percentile) {
        return seconds[second].getValueAtPercentile(percentile) / MS;
    }

    double maxMs(int second) {
        return seconds[second].getMaxValue() / MS;
    }

    /** The one with the longest latency. */
    int worst() {
        int worst = 0;
        for (int i = 1; i < seconds.length; i++) {
            if (seconds[i].getMaxValue() > seconds[worst].getMaxValue()) {
                worst = i;
            }
        }
        return worst;
    }

    Histogram whole() {
        Histogram whole = new Histogram(MAX_NANOS, DIGITS);
        for (Histogram each : seconds) {
            whole.add(each);
        }
        return whole;
    }
}
