package io.telpher.benchmarks.report;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The work that every broker is given, and which of its figures are shown. */
public enum Workload {
    W1("W1", "submits only, 4 connections with 256 under way each", rates()),
    W2("W2", "submit, reserve and ack, 4 + 4 connections, right after the start", rates()),
    W2_WARM("W2-warm", "the same after 30 s of it", rates()),
    W3_1000("W3-1000", "1,000 tasks a second, from the moment each was due to its handler", latencies()),
    W3_10000("W3-10000", "10,000 tasks a second, from the moment each was due to its handler", latencies()),
    W4(
            "W4",
            "tasks that wait: memory, and kill -9 to the first task in a worker's hands",
            List.of(Figure.FIRST_RESERVE_SECONDS, Figure.RSS_MIB, Figure.DISK_MIB, Figure.RATE, Figure.LOST)),
    W5(
            "W5",
            "one task at a time: submit, reserve, ack, each confirmed",
            List.of(Figure.RATE, Figure.TRIP_P50_MS, Figure.TRIP_P99_MS, Figure.SERVER_CPU_MS, Figure.SYNCS_A_TRIP)),
    MIXED("mixed", "W2 with payloads of 100 bytes to 256 KiB, half of them below 320 bytes, 3 KiB on average", rates()),
    CONNECTIONS(
            "connections",
            "500 producers and 500 workers, each a connection with one task under way",
            List.of(Figure.RATE, Figure.CONFIRM_P50_MS, Figure.CONFIRM_P99_MS, Figure.SERVER_CPU_MS, Figure.RSS_MIB)),
    ASKED(
            "asked",
            "350 tasks a second of 1 s each, 60 workers with 10 slots",
            List.of(
                    Figure.SERVER_CORES,
                    Figure.START_P50_MS,
                    Figure.START_P99_MS,
                    Figure.SERVER_CPU_MS,
                    Figure.BEHIND));

    private final String key;
    private final String text;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<Figure> figures;

    Workload(String key, String text, List<Figure> figures) {
        this.key = key;
        this.text = text;
        this.figures = figures;
    }

    private static List<Figure> rates() {
        return List.of(Figure.RATE, Figure.SERVER_CPU_MS, Figure.CLIENT_CPU_MS, Figure.WRITTEN_BYTES, Figure.RSS_MIB);
    }

    private static List<Figure> latencies() {
        return List.of(
                Figure.START_P50_MS,
                Figure.START_P99_MS,
                Figure.START_MAX_MS,
                Figure.CONFIRM_P99_MS,
                Figure.SERVER_CPU_MS,
                Figure.BEHIND);
    }

    /** In files and on the command line. */
    public String key() {
        return key;
    }

    /** For people. */
    public String text() {
        return text;
    }

    /** The first one is what it is about. */
    public List<Figure> figures() {
        return figures;
    }

    public Figure headline() {
        return figures.get(0);
    }

    public static Optional<Workload> of(String key) {
        return Arrays.stream(values())
                .filter(each -> each.key.equalsIgnoreCase(key))
                .findFirst();
    }

    @Override
    public String toString() {
        return key;
    }
}
