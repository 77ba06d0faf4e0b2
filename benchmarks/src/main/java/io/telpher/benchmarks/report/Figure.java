package io.telpher.benchmarks.report;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What is measured: its key in a file of rows, its unit, and which way is better. */
public enum Figure {
    RATE("per second", Better.HIGHER),
    SUBMIT_RATE("submits per second", Better.HIGHER),
    SERVER_CPU_MS("server CPU-ms per 1,000 tasks", Better.LOWER),
    CLIENT_CPU_MS("client CPU-ms per 1,000 tasks", Better.LOWER),
    SERVER_CORES("cores the server takes", Better.LOWER),
    START_P50_MS("due to start of the handler, p50, ms", Better.LOWER),
    START_P99_MS("due to start of the handler, p99, ms", Better.LOWER),
    START_P999_MS("due to start of the handler, p99.9, ms", Better.LOWER),
    START_MAX_MS("due to start of the handler, longest, ms", Better.LOWER),
    CONFIRM_P50_MS("due to the submit's confirm, p50, ms", Better.LOWER),
    CONFIRM_P99_MS("due to the submit's confirm, p99, ms", Better.LOWER),
    CONFIRM_MAX_MS("due to the submit's confirm, longest, ms", Better.LOWER),
    TRIP_P50_MS("submit, reserve and ack of one task, p50, ms", Better.LOWER),
    TRIP_P99_MS("submit, reserve and ack of one task, p99, ms", Better.LOWER),
    BEHIND("tasks not handled 30 s after the last was due", Better.LOWER),
    RSS_MIB("resident memory of the server, MiB", Better.LOWER),
    DISK_MIB("data directory, MiB", Better.LOWER),
    WRITTEN_BYTES("bytes written by the server per task", Better.LOWER),
    FIRST_RESERVE_SECONDS("kill -9 to the first task in a worker's hands, s", Better.LOWER),
    LOST("confirmed tasks that were gone after kill -9", Better.LOWER),
    SYNCS_A_TRIP("sync calls per submit, reserve and ack", Better.NEITHER),
    SECONDS("measured, s", Better.NEITHER),
    TASKS("tasks measured", Better.NEITHER),
    STEAL_CORES("cores stolen by the hypervisor", Better.NEITHER),
    OTHERS_CORES("cores other processes took", Better.NEITHER);

    /** Which way is better. */
    public enum Better {
        HIGHER,
        LOWER,
        NEITHER
    }

    private final String text;
    private final Better better;

    Figure(String text, Better better) {
        this.text = text;
        this.better = better;
    }

    /** In files: lower case, with underscores. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** For people, with the unit. */
    public String text() {
        return text;
    }

    public Better better() {
        return better;
    }

    /** Empty when this version knows no such figure. */
    public static Optional<Figure> of(String key) {
        return Arrays.stream(values()).filter(each -> each.key().equals(key)).findFirst();
    }
}
