package io.telpher.benchmarks.rivals;

import io.telpher.benchmarks.machine.Programs;
import io.telpher.benchmarks.machine.SyncCalls;
import io.telpher.benchmarks.report.Figure;
import io.telpher.benchmarks.report.Figures;
import io.telpher.benchmarks.report.Row;
import io.telpher.benchmarks.report.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One row after the other, each on a server of its own with an empty directory. */
final class Measurement {
    private static final int SYNC_TRIPS = 100;

    private final Path parent;
    private final Settings settings;
    private final Limits limits;
    private final Map<String, OptionalDouble> syncs = new HashMap<>();

    Measurement(Path parent, Settings settings, Limits limits) {
        this.parent = parent;
        this.settings = settings;
        this.limits = limits;
    }

    /** A row whether it goes well or not; what a broker refuses is in it. */
    Row row(Rival rival, Workload workload, int round) throws IOException, InterruptedException {
        List<String> missing = missing(rival);
        if (!missing.isEmpty()) {
            return row(
                    rival, "", workload, round, Map.of(), "there is no " + String.join(", ", missing) + " here", null);
        }
        String version = rival.version();
        Figures figures = new Figures();
        Path directory = Files.createTempDirectory(parent, "telpher-" + rival.name() + "-");
        // A server with a user of its own must get through to its part.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        try {
            run(rival, workload, directory, figures);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            return row(rival, version, workload, round, figures.values(), null, told(e, directory));
        } finally {
            delete(directory);
        }
        Row row = row(rival, version, workload, round, figures.values(), null, null);
        return row.disturbedBy(limits.disturbed(row));
    }

    static List<String> missing(Rival rival) {
        return rival.programs().stream()
                .filter(program -> Programs.find(program).isEmpty())
                .toList();
    }

    private void run(Rival rival, Workload workload, Path directory, Figures figures) throws Exception {
        if (workload == Workload.W4) {
            new WaitingTasks(rival, directory, settings).run(figures);
            return;
        }
        try (Server server = rival.start(directory)) {
            Runs.run(workload, rival, server, settings, figures);
        }
        if (figures.values().getOrDefault(Figure.TASKS.key(), 0.0) == 0) {
            throw new IllegalStateException("no task was done within a minute");
        }
        if (workload == Workload.W5) {
            syncsATrip(rival).ifPresent(calls -> figures.put(Figure.SYNCS_A_TRIP, calls));
        }
    }

    /** Counted once for each broker, on a server of its own. */
    private OptionalDouble syncsATrip(Rival rival) throws Exception {
        if (!SyncCalls.possible()) {
            return OptionalDouble.empty();
        }
        OptionalDouble known = syncs.get(rival.name());
        if (known == null) {
            Path directory = Files.createTempDirectory(parent, "telpher-" + rival.name() + "-");
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
            try (Server server = rival.start(directory);
                    Driver driver = rival.connect(server)) {
                driver.prepare();
                known = OptionalDouble.of(Runs.syncsATrip(driver, server, directory, SYNC_TRIPS));
            } finally {
                delete(directory);
            }
            syncs.put(rival.name(), known);
        }
        return known;
    }

    private static String told(Exception e, Path directory) throws IOException {
        Path log = directory.resolve("server.log");
        List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
        Optional<String> last = lines.stream().filter(line -> !line.isBlank()).reduce((before, line) -> line);
        return e + last.map(line -> "; the server's last line: " + line).orElse("");
    }

    private static Row row(
            Rival rival,
            String version,
            Workload workload,
            int round,
            Map<String, Double> figures,
            @Nullable String skipped,
            @Nullable String error) {
        String at = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        return new Row(
                at,
                rival.name(),
                version,
                rival.durability(),
                rival.syncs(),
                workload.key(),
                round,
                Map.copyOf(figures),
                null,
                skipped,
                error);
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
