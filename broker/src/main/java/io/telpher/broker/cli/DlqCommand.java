package io.telpher.broker.cli;

import io.telpher.client.Operations;
import io.telpher.client.Telpher;
import io.telpher.protocol.DlqFilter;
import io.telpher.protocol.DlqReplay;
import io.telpher.protocol.TaskId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The dead-letter queue: look, replay, discard. */
@Command(
        name = "dlq",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Lists, groups, replays and discards dead tasks.")
final class DlqCommand {
    private static final int GROUPS_MAX = 100;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    /** Which dead tasks are meant. */
    static final class Which {
        @Option(
                names = {"-q", "--queue"},
                defaultValue = "",
                description = "Default: any")
        private String queue = "";

        @Option(
                names = {"-t", "--type"},
                defaultValue = "",
                description = "Default: any")
        private String type = "";

        @Option(names = "--error", defaultValue = "", description = "Only those whose error contains this.")
        private String error = "";

        DlqFilter filter() {
            return new DlqFilter(queue, type, error);
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Dead tasks, the longest dead first.")
    int list(
            @Mixin Connect broker,
            @Mixin Output output,
            @Mixin Which which,
            @Option(names = "--limit", defaultValue = "50") int limit) {
        try (Telpher telpher = broker.connect()) {
            Operations.Page page = telpher.operations().deadLetters(which.filter(), 0, limit);
            output.rows(
                    spec.commandLine().getOut(),
                    page.tasks().stream().map(Output::row).toList());
        }
        return 0;
    }

    @Command(name = "groups", mixinStandardHelpOptions = true, description = "Dead tasks of a queue, counted by error.")
    int groups(@Mixin Connect broker, @Mixin Output output, @Parameters(paramLabel = "QUEUE") String queue) {
        try (Telpher telpher = broker.connect()) {
            List<Map<String, Object>> rows = telpher.operations().deadLetterGroups(queue, GROUPS_MAX).stream()
                    .map(DlqCommand::row)
                    .toList();
            output.rows(spec.commandLine().getOut(), rows);
        }
        return 0;
    }

    private static Map<String, Object> row(Operations.DeadLetterGroup group) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("count", group.count());
        row.put("type", group.type());
        row.put("error", group.fingerprint());
        row.put("example", TaskId.format(group.exampleTaskId()));
        return row;
    }

    @Command(name = "replay", mixinStandardHelpOptions = true, description = "Makes dead tasks ready again.")
    int replay(
            @Mixin Connect broker,
            @Mixin Which which,
            @Option(names = "--limit", defaultValue = "0", description = "0 = all") int limit,
            @Option(names = "--dry-run", description = "Only count.") boolean dryRun,
            @Parameters(paramLabel = "ID", arity = "0..*") List<String> ids) {
        try (Telpher telpher = broker.connect()) {
            long count = ids == null || ids.isEmpty()
                    ? telpher.operations().replay(which.filter(), new DlqReplay.Options(limit, 0, dryRun))
                    : telpher.operations().replay(parsed(ids));
            spec.commandLine().getOut().println(count + (dryRun ? " would be replayed" : " replayed"));
        }
        return 0;
    }

    @Command(name = "discard", mixinStandardHelpOptions = true, description = "Gives dead tasks up for good.")
    int discard(
            @Mixin Connect broker,
            @Mixin Which which,
            @Option(names = "--limit", defaultValue = "0", description = "0 = all") int limit,
            @Option(names = "--dry-run", description = "Only count.") boolean dryRun,
            @Option(names = "--yes", description = "Really.") boolean yes,
            @Parameters(paramLabel = "ID", arity = "0..*") List<String> ids) {
        if (!yes && !dryRun) {
            throw new IllegalArgumentException(
                    "discard gives tasks up for good; add --yes if you mean it, or --dry-run");
        }
        try (Telpher telpher = broker.connect()) {
            long count = ids == null || ids.isEmpty()
                    ? telpher.operations().discard(which.filter(), new DlqReplay.Options(limit, 0, dryRun))
                    : telpher.operations().discard(parsed(ids));
            spec.commandLine().getOut().println(count + (dryRun ? " would be discarded" : " discarded"));
        }
        return 0;
    }

    private static long[] parsed(List<String> ids) {
        return ids.stream().mapToLong(TaskId::parse).toArray();
    }
}
