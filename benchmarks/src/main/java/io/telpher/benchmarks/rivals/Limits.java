package io.telpher.benchmarks.rivals;

import io.telpher.benchmarks.report.Figure;
import io.telpher.benchmarks.report.Row;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * When a row counts as disturbed.
 *
 * @param steal cores that the hypervisor may give to others, on average over the row
 * @param others cores that processes may take which are neither the server nor its load
 */
record Limits(double steal, double others) {
    /** What disturbed it, with figure and limit; null when nothing did. */
    @Nullable
    String disturbed(Row row) {
        double stolen = row.figure(Figure.STEAL_CORES).orElse(0);
        if (stolen > steal) {
            return String.format(Locale.ROOT, "%.2f cores stolen, limit %.2f", stolen, steal);
        }
        double taken = row.figure(Figure.OTHERS_CORES).orElse(0);
        if (taken > others) {
            return String.format(Locale.ROOT, "%.2f cores taken by other processes, limit %.2f", taken, others);
        }
        return null;
    }
}
