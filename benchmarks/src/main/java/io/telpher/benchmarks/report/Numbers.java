package io.telpher.benchmarks.report;

import java.util.List;
import java.util.Locale;

/** Numbers for people. */
final class Numbers {
    private static final double WHOLE_FROM = 100;
    private static final double TENTHS_FROM = 10;

    private Numbers() {}

    /** As many digits as mean something: 12,345 or 12.3 or 1.23. */
    static String text(double value) {
        double size = Math.abs(value);
        if (size >= WHOLE_FROM || value == Math.rint(value)) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, size >= TENTHS_FROM ? "%.1f" : "%.2f", value);
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** The median, and the least and the most when there are several. */
    static String spread(List<Double> values) {
        if (values.isEmpty()) {
            return "-";
        }
        String median = text(median(values));
        if (values.size() == 1) {
            return median;
        }
        double least = values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
        double most = values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        return median + " (" + text(least) + "-" + text(most) + ")";
    }
}
