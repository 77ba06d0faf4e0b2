package io.telpher.broker.cli.dlq;

import io.telpher.broker.cli.connect.Connect;
import io.telpher.broker.cli.output.Output;
import io.telpher.broker.cli.output.ProgressBar;
import io.telpher.client.Operations;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqList;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.deadletter.DlqRun;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The dead-letter queue: look, replay, discard, export. */
@Command(
        name = "dlq",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = ReplayCommand.class,
        description = "Lists, groups, replays, discards and exports dead tasks.")
public final class DeadLetterCommand {
    private static final int GROUPS_MAX = 100;
    private static final int PAGE = 1_000;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Dead tasks, the longest dead first.")
    int list(
            @Mixin Connect broker,
            @Mixin Output output,
            @Mixin DlqWhich which,
            @Option(names = "--payload", description = "Preview: with their payloads.") boolean withPayload,
            @Option(names = "--limit", defaultValue = "50") int limit,
            @Option(names = "--after", defaultValue = "t-0", description = "Only those behind this one.")
                    String after) {
        try (Telpher telpher = broker.connect()) {
            DlqList.Page wanted = new DlqList.Page(TaskId.parse(after), 0, limit, withPayload);
            List<TaskView> tasks =
                    telpher.operations().deadLetters(which.filter(), wanted).tasks();
            output.rows(
                    out(), tasks.stream().map(task -> row(task, withPayload)).toList());
        }
        return 0;
    }

    private static Map<String, Object> row(TaskView task, boolean withPayload) {
        Map<String, Object> row = Output.row(task);
        row.put("died_at", Output.time(task.finishedAtMs));
        if (withPayload) {
            row.put("payload", Output.fields(task).getOrDefault("payload", ""));
        }
        return row;
    }

    @Command(
            name = "groups",
            mixinStandardHelpOptions = true,
            description =
                    "Dead tasks of a queue, counted by kind of error, the most frequent first; numbers, ids, addresses, paths and what is quoted make no difference.")
    int groups(
            @Mixin Connect broker,
            @Mixin Output output,
            @Mixin DlqWhich which,
            @Parameters(paramLabel = "QUEUE", arity = "0..1", defaultValue = "", description = "The same as --queue.")
                    String queue,
            @Option(names = "--by-type", description = "Count those of each type apart.") boolean byType) {
        DlqFilter filter = which.filterOfOne(queue);
        try (Telpher telpher = broker.connect()) {
            List<Map<String, Object>> rows = telpher.operations().deadLetterGroups(filter, GROUPS_MAX, byType).stream()
                    .map(DeadLetterCommand::row)
                    .toList();
            output.rows(out(), rows);
        }
        return 0;
    }

    private static Map<String, Object> row(Operations.DeadLetterGroup group) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("count", group.count());
        row.put("type", group.type().isEmpty() ? "(several)" : group.type());
        row.put("error", group.fingerprint());
        row.put("first_seen", Output.time(group.firstSeenMs()));
        row.put("last_seen", Output.time(group.lastSeenMs()));
        row.put("example", TaskId.format(group.exampleTaskId()));
        return row;
    }

    @Command(
            name = "replays",
            mixinStandardHelpOptions = true,
            description = "Replays by rate or behind a canary, the newest first, with those of the broker's last run.")
    int replays(
            @Mixin Connect broker,
            @Mixin Output output,
            @Option(
                            names = {"-q", "--queue"},
                            defaultValue = "",
                            description = "Default: any")
                    String queue) {
        try (Telpher telpher = broker.connect()) {
            output.rows(
                    out(),
                    telpher.operations().replayRuns(queue).stream()
                            .map(ReplayProgress::row)
                            .toList());
        }
        return 0;
    }

    @Command(name = "stop", mixinStandardHelpOptions = true, description = "Ends a replay; the others stay dead.")
    int stop(@Mixin Connect broker, @Mixin Output output, @Parameters(paramLabel = "REPLAY") String id) {
        try (Telpher telpher = broker.connect()) {
            output.fields(out(), ReplayProgress.row(telpher.operations().stopReplay(DlqRun.parse(id))));
        }
        return 0;
    }

    @Command(name = "discard", mixinStandardHelpOptions = true, description = "Gives dead tasks up for good.")
    int discard(
            @Mixin Connect broker,
            @Mixin Output output,
            @Mixin DlqWhich which,
            @Option(names = "--limit", defaultValue = "0", description = "0 = all") int limit,
            @Option(names = "--dry-run", description = "Only count.") boolean dryRun,
            @Option(names = "--yes", description = "Really.") boolean yes,
            @Parameters(paramLabel = "ID", arity = "0..*") List<String> ids) {
        if (!yes && !dryRun) {
            throw new IllegalArgumentException(
                    "discard gives tasks up for good; add --yes if you mean it, or --dry-run");
        }
        try (Telpher telpher = broker.connect()) {
            DlqReplay.Options options = new DlqReplay.Options(limit, 0, dryRun);
            long count = telpher.operations().discard(which.filter(), options, parsed(ids));
            Map<String, Object> said = new LinkedHashMap<>();
            said.put("discarded", count);
            said.put("dry_run", dryRun);
            output.says(out(), count + (dryRun ? " would be discarded" : " discarded"), said);
        }
        return 0;
    }

    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            description = "All dead tasks with their payloads as JSON lines, on stdout.")
    int export(@Mixin Connect broker, @Mixin DlqWhich which) {
        ProgressBar progress = new ProgressBar(spec.commandLine().getErr(), "exported");
        try (Telpher telpher = broker.connect()) {
            DlqList.Page next = new DlqList.Page(PAGE, true);
            long count = 0;
            do {
                Operations.Page page = telpher.operations().deadLetters(which.filter(), next);
                for (TaskView task : page.tasks()) {
                    Map<String, Object> row = Output.fields(task);
                    row.put("died_at", Output.time(task.finishedAtMs));
                    row.put("content_type", task.contentType);
                    Output.line(out(), row);
                }
                count += page.tasks().size();
                progress.at(count);
                next = new DlqList.Page(page.nextAfter(), page.nextPlace(), PAGE, true);
            } while (next.afterTaskId() != 0);
            out().flush();
            progress.end(count);
        }
        return 0;
    }

    static long[] parsed(@Nullable List<String> ids) {
        return ids == null ? new long[0] : ids.stream().mapToLong(TaskId::parse).toArray();
    }
}
