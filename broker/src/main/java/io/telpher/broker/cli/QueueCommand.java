package io.telpher.broker.cli;

import io.telpher.client.Telpher;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Looks after queues. */
@Command(
        name = "queue",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Lists, pauses, resumes and purges queues.")
final class QueueCommand {
    private static final int QUEUES_MAX = 1_000;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Command(name = "list", mixinStandardHelpOptions = true, description = "All queues with their counts.")
    int list(@Mixin Connect broker, @Mixin Output output) {
        try (Telpher telpher = broker.connect()) {
            List<Map<String, Object>> rows = telpher.operations().queues(QUEUES_MAX, "").stream()
                    .map(Output::row)
                    .toList();
            output.rows(spec.commandLine().getOut(), rows);
        }
        return 0;
    }

    @Command(name = "pause", mixinStandardHelpOptions = true, description = "Hands out nothing until resumed.")
    int pause(
            @Mixin Connect broker,
            @Mixin Output output,
            @Parameters(paramLabel = "QUEUE") String queue,
            @Option(names = "--refuse-submits", description = "Refuse new tasks too, instead of keeping them.")
                    boolean refuseSubmits) {
        try (Telpher telpher = broker.connect()) {
            output.fields(
                    spec.commandLine().getOut(), Output.row(telpher.operations().pause(queue, refuseSubmits)));
        }
        return 0;
    }

    @Command(name = "resume", mixinStandardHelpOptions = true, description = "Hands out tasks again.")
    int resume(@Mixin Connect broker, @Mixin Output output, @Parameters(paramLabel = "QUEUE") String queue) {
        try (Telpher telpher = broker.connect()) {
            output.fields(
                    spec.commandLine().getOut(), Output.row(telpher.operations().resume(queue)));
        }
        return 0;
    }

    @Command(name = "purge", mixinStandardHelpOptions = true, description = "Cancels all pending tasks.")
    int purge(
            @Mixin Connect broker,
            @Parameters(paramLabel = "QUEUE") String queue,
            @Option(names = "--yes", description = "Really.") boolean yes) {
        if (!yes) {
            throw new IllegalArgumentException(
                    "purge cancels every pending task of " + queue + "; add --yes if you mean it");
        }
        try (Telpher telpher = broker.connect()) {
            spec.commandLine().getOut().println(telpher.operations().purge(queue, 0) + " cancelled");
        }
        return 0;
    }
}
