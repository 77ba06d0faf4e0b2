package io.telpher.broker.cli.disk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.cli.connect.Connect;
import io.telpher.broker.cli.output.Exit;
import io.telpher.broker.cli.output.Output;
import io.telpher.broker.cli.output.ProgressBar;
import io.telpher.broker.cli.output.ReadingProgress;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.journal.JournalCheck;
import io.telpher.broker.partition.salvage.HandOverCheck;
import io.telpher.broker.partition.salvage.HandOverCut;
import io.telpher.broker.partition.salvage.HandOverTrail;
import io.telpher.broker.partition.salvage.PartitionLayout;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.client.Telpher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Copies a data directory while its broker works, and proves the copy by reading it as a start would. */
@Command(
        name = "backup",
        mixinStandardHelpOptions = true,
        description =
                "Copies a broker's data directory, also while it runs, and checks the copy. To restore, start a broker on the copy.")
public final class BackupCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Each time one partition has less, another may have too much; usually one is enough. */
    private static final int CUTS_MAX = 50;

    @Parameters(index = "0", paramLabel = "DIR", description = "what journal.dir names")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path data;

    @Parameters(index = "1", paramLabel = "NEW", description = "a directory that is empty or not there yet")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path copy;

    @Option(
            names = {"-u", "--url"},
            paramLabel = "URL",
            defaultValue = "${env:TELPHER_URL}",
            description =
                    "The broker that runs on DIR, if one does. Default: TELPHER_URL, or 127.0.0.1 and the port in its ports.json")
    private @Nullable String url;

    @Mixin
    private Output output = new Output();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    /** Why the copies of the partitions are not of one broker at one time. */
    private List<String> unmatched = List.of();

    private List<HandOverTrail> trails = List.of();

    @Override
    public Integer call() throws IOException {
        if (!Files.isDirectory(data.resolve("journal"))) {
            throw new IllegalArgumentException(
                    "TQ-4001 there is no data in " + data + "; name the directory that journal.dir does");
        }
        requireEmpty();
        ProgressBar copied = new ProgressBar(spec.commandLine().getErr(), "copied");
        DataCopy copying = new DataCopy(data, copy, copied::ofBytes);
        String running = running();
        // Before gigabytes are copied in vain.
        try (Telpher telpher = running == null ? null : Telpher.connect(running, "tq backup")) {
            copying.pass();
            if (telpher != null) {
                // So that the copy has no need of files that went while they were copied, and little to replay.
                telpher.operations().snapshot();
                copying.pass();
            }
        }
        copied.clear();
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("copied_bytes", 0L);
        result.put("of", running == null ? "a broker that does not run" : Connect.withoutSecrets(running));
        boolean isWhole = check(result);
        // Copied one after the other, one partition may know what the other did not yet.
        for (int again = 0; isWhole && !unmatched.isEmpty() && running != null && again < CUTS_MAX; again++) {
            if (!HandOverCut.cut(PartitionLayout.read(copy), trails)) {
                break;
            }
            isWhole = check(result);
        }
        result.put("copied_bytes", copying.copiedBytes());
        output.fields(spec.commandLine().getOut(), result);
        String problem = problem(isWhole);
        if (problem != null) {
            spec.commandLine().getErr().println(problem);
        }
        return problem == null ? 0 : Exit.JOURNAL;
    }

    private @Nullable String problem(boolean isWhole) {
        if (!isWhole) {
            return "TQ-4002 the copy is not whole; see tq journal verify " + copy
                    + ". If the data itself is whole (tq journal verify " + data + "), take the backup again";
        }
        return unmatched.isEmpty()
                ? null
                : "TQ-4004 the copies of the partitions don't fit: " + String.join("; ", unmatched)
                        + ". Take the backup again, or with the broker stopped; when it was, the data itself is of different times";
    }

    private void requireEmpty() throws IOException {
        if (Files.exists(copy)) {
            try (Stream<Path> there = Files.list(copy)) {
                if (there.findAny().isPresent()) {
                    throw new IllegalArgumentException(
                            "TQ-4003 " + copy + " is not empty; a backup goes into a directory of its own");
                }
            }
        }
    }

    /** Where the broker that runs on the data answers; null when none does. */
    private @Nullable String running() throws IOException {
        Path ports = data.resolve("ports.json");
        if (!Files.exists(ports)) {
            return null;
        }
        JsonNode json = JSON.readTree(ports.toFile());
        if (ProcessHandle.of(json.path("pid").asLong()).isEmpty()) {
            return null;
        }
        return url != null && !url.isEmpty()
                ? url
                : "tq://127.0.0.1:" + json.path("binary").asInt();
    }

    /** Reads every byte of the copy, and replays it in memory as a start would. */
    private boolean check(Map<String, Object> result) throws IOException {
        PartitionLayout layout = PartitionLayout.read(copy);
        boolean isWhole = true;
        List<HandOverTrail> found = new ArrayList<>();
        for (int i = 0; i < layout.count(); i++) {
            Recovery recovery = new Recovery(
                    new Partition(layout.placement(i), Outbox.DISCARD),
                    new SnapshotStore(layout.directory(i), layout.placement(i)));
            HandOverTrail trail = new HandOverTrail(recovery, layout.count());
            ReadingProgress reading = new ReadingProgress(spec.commandLine().getErr(), "of the copy checked");
            JournalCheck.Report report = new JournalCheck(layout.directory(i), reading).run(trail::readSnapshot, trail);
            reading.end();
            isWhole &= !report.isDamaged();
            found.add(trail);
            String refusal = report.refusal();
            result.put(
                    layout.count() == 1 ? "check" : "check of partition " + i,
                    refusal == null ? recovery.summary() : refusal);
        }
        trails = found;
        unmatched = HandOverCheck.problems(found.stream()
                .map(trail -> HandOverCheck.Standing.of(trail.partition()))
                .toList());
        return isWhole;
    }
}
