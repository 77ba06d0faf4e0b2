package io.telpher.benchmarks.report;

import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Figures of one run as they are gathered; of one thread. */
public final class Figures {
    private static final double MS = 1e6;
    private static final double P50 = 50;
    private static final double P99 = 99;
    private static final double P999 = 99.9;

    /** Kept to this many significant digits: more would pretend to be known. */
    private static final int DIGITS = 5;

    private final Map<String, Double> values = new LinkedHashMap<>();

    public void put(Figure figure, double value) {
        if (Double.isFinite(value)) {
            values.put(figure.key(), rounded(value));
        }
    }

    private static double rounded(double value) {
        return new java.math.BigDecimal(value)
                .round(new java.math.MathContext(DIGITS))
                .doubleValue();
    }

    /** @param latencies in ns, from the moment each task was due to the start of its handler; none are left out */
    public void starts(Histogram latencies) {
        if (latencies.getTotalCount() > 0) {
            put(Figure.START_P50_MS, latencies.getValueAtPercentile(P50) / MS);
            put(Figure.START_P99_MS, latencies.getValueAtPercentile(P99) / MS);
            put(Figure.START_P999_MS, latencies.getValueAtPercentile(P999) / MS);
            put(Figure.START_MAX_MS, latencies.getMaxValue() / MS);
        }
    }

    /** @param latencies in ns, from the moment each submit was due to its confirm */
    public void confirms(Histogram latencies) {
        if (latencies.getTotalCount() > 0) {
            put(Figure.CONFIRM_P50_MS, latencies.getValueAtPercentile(P50) / MS);
            put(Figure.CONFIRM_P99_MS, latencies.getValueAtPercentile(P99) / MS);
            put(Figure.CONFIRM_MAX_MS, latencies.getMaxValue() / MS);
        }
    }

    /** @param latencies in ns, of one task after the other */
    public void trips(Histogram latencies) {
        if (latencies.getTotalCount() > 0) {
            put(Figure.TRIP_P50_MS, latencies.getValueAtPercentile(P50) / MS);
            put(Figure.TRIP_P99_MS, latencies.getValueAtPercentile(P99) / MS);
        }
    }

    /** By {@link Figure#key}. */
    public Map<String, Double> values() {
        return values;
    }
}
