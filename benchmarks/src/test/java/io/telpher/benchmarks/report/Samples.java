package io.telpher.benchmarks.report;

import io.telpher.benchmarks.machine.Machine;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows that were not measured. */
final class Samples {
    static final Machine MACHINE = new Machine("a CPU", 2, 24_000, "Linux 6", "17", "ext4", 0.25, 1.5);

    private Samples() {}

    static Row w2(String rival, int round, double rate) {
        return w2(rival, round, rate, null);
    }

    static Row w2(String rival, int round, double rate, @Nullable String disturbed) {
        Map<String, Double> figures = Map.of(Figure.RATE.key(), rate, Figure.SERVER_CPU_MS.key(), 1e6 / rate);
        return new Row(
                "2026-11-28T12:00:00Z",
                rival,
                "1.0",
                "always",
                !rival.equals("nats"),
                "W2",
                round,
                figures,
                disturbed,
                null,
                null);
    }

    static Row skipped(String rival, String why) {
        return new Row("2026-11-28T12:00:00Z", rival, "", "always", true, "W2", 1, Map.of(), null, why, null);
    }
}
