package io.telpher.broker.cli.disk;

import io.telpher.broker.cli.output.Exit;
import io.telpher.broker.cli.output.Output;
import io.telpher.broker.cli.output.ReadingProgress;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.journal.JournalCheck;
import io.telpher.broker.partition.salvage.HandOverCheck;
import io.telpher.broker.partition.salvage.PartitionLayout;
import io.telpher.broker.partition.salvage.Salvage;
import io.telpher.broker.partition.salvage.SalvageReport;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.protocol.TaskId;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Looks at a data directory that no broker uses. */
@Command(
        name = "journal",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Looks at the journal of a broker that is stopped, and saves what is intact of a damaged one.")
public final class JournalCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description =
                    "Reads every byte of a journal and says what is damaged, whether a broker would start on it, and whether its partitions fit."
                            + " Changes nothing. Exit code 4 when something is damaged or does not fit.")
    int verify(
            @Mixin Output output,
            @Parameters(paramLabel = "DIR", description = "what journal.dir names") Path directory)
            throws IOException {
        PartitionLayout layout = PartitionLayout.read(directory);
        List<Map<String, Object>> rows = new ArrayList<>();
        PrintWriter summary = spec.commandLine().getErr();
        boolean isDamaged = false;
        List<HandOverCheck.Standing> standings = new ArrayList<>();
        for (int i = 0; i < layout.count(); i++) {
            Placement placement = layout.placement(i);
            Recovery recovery = new Recovery(
                    new Partition(placement, Outbox.DISCARD), new SnapshotStore(layout.directory(i), placement));
            ReadingProgress reading = new ReadingProgress(summary, "read");
            JournalCheck.Report report =
                    new JournalCheck(layout.directory(i), reading).run(recovery::readSnapshot, recovery);
            reading.end();
            report.files().forEach(file -> rows.add(row(directory, file)));
            isDamaged |= report.isDamaged();
            standings.add(HandOverCheck.Standing.of(recovery.partition()));
            String of = layout.count() == 1 ? "" : "partition " + i + ": ";
            summary.println(of
                    + (report.refusal() == null
                            ? "a broker would start: " + recovery.summary()
                            : "a broker would refuse to start: " + report.refusal()));
        }
        output.rows(spec.commandLine().getOut(), rows);
        // What is left of a damaged partition stands somewhere else, for that reason alone.
        List<String> unmatched = isDamaged ? List.of() : HandOverCheck.problems(standings);
        unmatched.forEach(problem -> summary.println("TQ-4004 the partitions don't fit: " + problem));
        summary.flush();
        return isDamaged || !unmatched.isEmpty() ? Exit.JOURNAL : 0;
    }

    private static Map<String, Object> row(Path directory, JournalCheck.FileReport file) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("file", directory.relativize(file.path()).toString());
        row.put("batches", file.batches());
        row.put("records", file.records());
        row.put("first", file.firstPlace());
        row.put("last", file.lastPlace());
        row.put("damaged_at", file.damagedAt());
        row.put("verdict", verdict(file));
        return row;
    }

    @Command(
            name = "salvage",
            mixinStandardHelpOptions = true,
            description =
                    "Copies what is intact of a damaged data directory into a new one that a broker starts on, and says what was kept"
                            + " and what was not. The damaged one is not changed. For when there is no copy to restore.")
    int salvage(
            @Mixin Output output,
            @Parameters(paramLabel = "DIR", description = "what journal.dir names") Path damaged,
            @Parameters(paramLabel = "NEW", description = "a directory that is empty or not there yet") Path target)
            throws IOException {
        ReadingProgress reading = new ReadingProgress(spec.commandLine().getErr(), "read");
        SalvageReport report = Salvage.run(damaged, target, System.currentTimeMillis(), reading);
        reading.end();
        List<Map<String, Object>> rows = new ArrayList<>();
        for (SalvageReport.Line line : report.lines()) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("what", line.what());
            row.put("outcome", line.outcome().name().toLowerCase(Locale.ROOT));
            row.put("count", line.count());
            row.put("why", line.why());
            row.put("tasks", line.tasks().stream().map(TaskId::format).toList());
            rows.add(row);
        }
        output.rows(spec.commandLine().getOut(), rows);
        PrintWriter summary = spec.commandLine().getErr();
        for (SalvageReport.Damage damage : report.damages()) {
            summary.println("missing from record " + damage.due() + " on: " + damaged.relativize(damage.file())
                    + " at offset " + damage.offset() + ", " + damage.bytes() + " bytes");
        }
        report.unmatched().forEach(summary::println);
        summary.println("a broker starts on " + target + " now; " + damaged + " is as it was");
        summary.flush();
        return 0;
    }

    private static String verdict(JournalCheck.FileReport file) {
        if (!file.damagedAt().isEmpty()) {
            return "damaged";
        }
        return file.isTorn() ? "torn end, never confirmed" : "intact";
    }
}
