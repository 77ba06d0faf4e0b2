package io.telpher.broker.cli;

import io.telpher.broker.cli.connect.Connect;
import io.telpher.broker.cli.output.Output;
import io.telpher.broker.cli.output.QueueViews;
import io.telpher.broker.config.PolicyText;
import io.telpher.client.Operations;
import io.telpher.client.Telpher;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.queue.QueueView;
import io.telpher.protocol.queue.Scale;
import java.time.Duration;
import java.util.LinkedHashMap;
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
        description = "Lists, shows, sets up, pauses, resumes, notes, purges, deletes and sizes queues.")
final class QueueCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Command(name = "list", mixinStandardHelpOptions = true, description = "All queues with their counts.")
    int list(@Mixin Connect broker, @Mixin Output output) {
        try (Telpher telpher = broker.connect()) {
            List<Map<String, Object>> rows = QueueViews.all(telpher.operations()).stream()
                    .map(Output::row)
                    .toList();
            output.rows(spec.commandLine().getOut(), rows);
        }
        return 0;
    }

    @Command(name = "show", mixinStandardHelpOptions = true, description = "One queue: its counts and its policy.")
    int show(@Mixin Connect broker, @Mixin Output output, @Parameters(paramLabel = "QUEUE") String queue) {
        try (Telpher telpher = broker.connect()) {
            output.fields(
                    spec.commandLine().getOut(), fields(telpher.operations().queue(queue)));
        }
        return 0;
    }

    @Command(
            name = "set",
            mixinStandardHelpOptions = true,
            description =
                    "Changes a queue's policy, as in: set mail max_retries=5 base=2s. Makes the queue if it is missing.")
    int set(
            @Mixin Connect broker,
            @Mixin Output output,
            @Parameters(paramLabel = "QUEUE", index = "0") String queue,
            @Parameters(paramLabel = "FIELD=VALUE", index = "1..*", arity = "1..*") List<String> fields) {
        QueuePolicyFields policy = PolicyText.parse(fields);
        try (Telpher telpher = broker.connect()) {
            output.fields(
                    spec.commandLine().getOut(), fields(telpher.operations().putQueue(queue, policy)));
        }
        return 0;
    }

    private static Map<String, Object> fields(QueueView queue) {
        Map<String, Object> fields = remarked(queue);
        PolicyText.fields(queue.policy).forEach((field, value) -> fields.put(field, value.replace("\"", "")));
        return fields;
    }

    @Command(name = "pause", mixinStandardHelpOptions = true, description = "Hands out nothing until resumed.")
    int pause(
            @Mixin Connect broker,
            @Mixin Output output,
            @Parameters(paramLabel = "QUEUE") String queue,
            @Option(names = "--refuse-submits", description = "Refuse new tasks too, instead of keeping them.")
                    boolean refuseSubmits,
            @Option(names = "--reason", defaultValue = "", description = "Why, for people who look at the queue.")
                    String reason) {
        try (Telpher telpher = broker.connect()) {
            output.fields(
                    spec.commandLine().getOut(), remarked(telpher.operations().pause(queue, refuseSubmits, reason)));
        }
        return 0;
    }

    @Command(
            name = "note",
            mixinStandardHelpOptions = true,
            description =
                    "Leaves a note on a queue for those who look at it, in place of the one before; without a text"
                            + " it takes the note away.")
    int note(
            @Mixin Connect broker,
            @Mixin Output output,
            @Parameters(paramLabel = "QUEUE", index = "0") String queue,
            @Parameters(paramLabel = "TEXT", index = "1", arity = "0..1", defaultValue = "") String note) {
        try (Telpher telpher = broker.connect()) {
            output.fields(
                    spec.commandLine().getOut(), remarked(telpher.operations().note(queue, note)));
        }
        return 0;
    }

    /** With what was said of it, who did and when. */
    private static Map<String, Object> remarked(QueueView queue) {
        Map<String, Object> fields = Output.row(queue);
        fields.put("pause_reason", queue.pauseReason);
        fields.put("paused_by", queue.pausedBy);
        fields.put("paused_at", Output.time(queue.pausedAtMs));
        fields.put("note", queue.note);
        fields.put("noted_by", queue.notedBy);
        fields.put("noted_at", Output.time(queue.notedAtMs));
        return fields;
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
            @Mixin Output output,
            @Parameters(paramLabel = "QUEUE") String queue,
            @Option(names = "--dry-run", description = "Only count.") boolean dryRun,
            @Option(names = "--yes", description = "Really.") boolean yes) {
        if (!yes && !dryRun) {
            throw new IllegalArgumentException(
                    "purge cancels every pending task of " + queue + "; add --yes if you mean it, or --dry-run");
        }
        try (Telpher telpher = broker.connect()) {
            Operations operations = telpher.operations();
            long count = dryRun ? pending(operations.queue(queue)) : operations.purge(queue, 0);
            Map<String, Object> said = new LinkedHashMap<>();
            said.put("cancelled", count);
            said.put("dry_run", dryRun);
            output.says(spec.commandLine().getOut(), count + (dryRun ? " would be cancelled" : " cancelled"), said);
        }
        return 0;
    }

    @Command(
            name = "delete",
            mixinStandardHelpOptions = true,
            description =
                    "Deletes a queue that holds nothing pending, running or dead. Tasks that are done stay to be looked up.")
    int delete(
            @Mixin Connect broker,
            @Mixin Output output,
            @Parameters(paramLabel = "QUEUE") String queue,
            @Option(names = "--purge", description = "Cancel pending and discard dead tasks first.") boolean purge,
            @Option(names = "--dry-run", description = "Only count what a purge would remove.") boolean dryRun,
            @Option(names = "--yes", description = "Really.") boolean yes) {
        if (purge && !yes && !dryRun) {
            throw new IllegalArgumentException("--purge loses every pending and dead task of " + queue
                    + "; add --yes if you mean it, or --dry-run");
        }
        try (Telpher telpher = broker.connect()) {
            Operations operations = telpher.operations();
            long removed = dryRun ? removable(operations.queue(queue)) : operations.deleteQueue(queue, purge);
            Map<String, Object> said = new LinkedHashMap<>();
            said.put("queue", queue);
            said.put("removed", removed);
            said.put("dry_run", dryRun);
            String text = dryRun
                    ? removed + " would be removed"
                    : "deleted " + queue + (purge ? "; " + removed + " removed" : "");
            output.says(spec.commandLine().getOut(), text, said);
        }
        return 0;
    }

    private static long removable(QueueView queue) {
        return pending(queue) + queue.dead;
    }

    @Command(name = "scale", mixinStandardHelpOptions = true, description = "How many workers a queue needs.")
    int scale(
            @Mixin Connect broker,
            @Mixin Output output,
            @Parameters(paramLabel = "QUEUE") String queue,
            @Option(names = "--slots", defaultValue = "1", description = "Tasks that one worker runs at once.")
                    int slots,
            @Option(
                            names = "--drain",
                            defaultValue = "60",
                            description = "Seconds in which the backlog should be gone.")
                    int drain) {
        Map<String, Object> fields = new LinkedHashMap<>();
        try (Telpher telpher = broker.connect()) {
            Scale scale = telpher.operations().scale(queue, slots, Duration.ofSeconds(drain));
            fields.put("queue", scale.queue());
            fields.put("workers_needed", scale.workersNeeded());
            fields.put("drain_seconds", scale.drainSeconds());
            fields.put("arrival_rate", scale.arrivalRate());
            fields.put("mean_service_seconds", scale.meanServiceSeconds());
            fields.put("oldest_ready_age_seconds", scale.oldestReadyAgeSeconds());
            fields.put("ready", scale.ready());
        }
        output.fields(spec.commandLine().getOut(), fields);
        return 0;
    }

    private static long pending(QueueView queue) {
        return queue.ready[0] + queue.ready[1] + queue.ready[2] + queue.scheduled + queue.retryWait;
    }
}
