package io.telpher.broker.cli.task;

import io.telpher.broker.cli.connect.Connect;
import io.telpher.broker.cli.output.Output;
import io.telpher.broker.cli.output.TimeSpan;
import io.telpher.client.Operations;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskStatus;
import io.telpher.protocol.task.Explanation;
import io.telpher.protocol.task.Reschedule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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

/** Looks at single tasks. */
@Command(
        name = "task",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Shows, explains, lists, cancels and reschedules tasks.")
public final class TaskCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Command(name = "show", mixinStandardHelpOptions = true, description = "Everything about one task.")
    int show(@Mixin Connect broker, @Mixin Output output, @Parameters(paramLabel = "ID") String id) {
        try (Telpher telpher = broker.connect()) {
            output.fields(
                    spec.commandLine().getOut(),
                    Output.fields(telpher.getAsync(TaskId.parse(id), true).join()));
        }
        return 0;
    }

    @Command(
            name = "why",
            mixinStandardHelpOptions = true,
            description = "Why a task is not running, or where it runs.")
    int why(@Mixin Connect broker, @Mixin Output output, @Parameters(paramLabel = "ID") String id) {
        Explanation why;
        try (Telpher telpher = broker.connect()) {
            why = telpher.operations().why(TaskId.parse(id));
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("task_id", id);
        fields.put("reason", why.reason().word());
        fields.put("sentence", why.sentence());
        fields.put("state", why.state().word());
        fields.put("queue", why.queue());
        fields.put("worker", why.worker());
        fields.put("attempt", why.attempt() + " of " + why.attemptsMax());
        fields.put("position", why.position() > 0 ? why.position() : "");
        fields.put("eta_seconds", why.etaMs() < 0 ? "" : why.etaMs() / 1e3);
        fields.put("since", Output.time(why.sinceMs()));
        fields.put("until", Output.time(why.untilMs()));
        output.fields(spec.commandLine().getOut(), fields);
        return 0;
    }

    @Command(
            name = "history",
            mixinStandardHelpOptions = true,
            description = "What happened to a task, as far as the journal holds it.")
    int history(@Mixin Connect broker, @Mixin Output output, @Parameters(paramLabel = "ID") String id) {
        List<Map<String, Object>> rows = new ArrayList<>();
        try (Telpher telpher = broker.connect()) {
            Operations.Past past = telpher.operations().past(TaskId.parse(id));
            if (!past.isComplete()) {
                spec.commandLine().getErr().println("changes before " + Output.time(past.sinceMs()) + " are not known");
            }
            for (Operations.Step step : past.steps()) {
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("at", Instant.ofEpochMilli(step.atMs()).toString());
                row.put("from", step.from() == TaskState.NONE ? "" : step.from().word());
                row.put("to", step.to().word());
                row.put("attempt", step.attempt());
                row.put("lease_id", step.leaseId());
                row.put("worker", step.worker());
                row.put("note", step.note());
                rows.add(row);
            }
        }
        output.rows(spec.commandLine().getOut(), rows);
        return 0;
    }

    @Command(
            name = "cancel",
            mixinStandardHelpOptions = true,
            description = "Cancels tasks; a running one is asked to stop.")
    int cancel(
            @Mixin Connect broker,
            @Mixin Output output,
            @Parameters(paramLabel = "ID", arity = "1..*") List<String> ids) {
        List<Map<String, Object>> rows = new ArrayList<>();
        try (Telpher telpher = broker.connect()) {
            for (String id : ids) {
                TaskState state = telpher.cancel(TaskId.parse(id));
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("task_id", id);
                row.put("status", state.status().word());
                row.put("note", state == TaskState.ACTIVE ? "its worker was asked to stop" : "");
                rows.add(row);
            }
        }
        output.rows(spec.commandLine().getOut(), rows);
        return 0;
    }

    @Command(
            name = "reschedule",
            mixinStandardHelpOptions = true,
            description = "Another priority, or another time to run, for tasks that wait.")
    int reschedule(
            @Mixin Connect broker,
            @Mixin Output output,
            @Parameters(paramLabel = "ID", arity = "1..*") List<String> ids,
            @Option(names = "--priority", description = "high, normal, low") @Nullable String priority,
            @Option(names = "--now", description = "Run as soon as a worker is free.") boolean now,
            @Option(names = "--delay", paramLabel = "SPAN", description = "Run in 30s, 5m, 2h, from now on.") @Nullable
                    String delay,
            @Option(names = "--at", paramLabel = "TIME", description = "Run at a time like 2026-11-24T12:00:00Z.")
                    @Nullable
                    String at) {
        if ((now ? 1 : 0) + (delay == null ? 0 : 1) + (at == null ? 0 : 1) > 1) {
            throw new IllegalArgumentException("give one of --now, --delay and --at");
        }
        long delayMs = now ? 0 : delay == null ? Reschedule.KEEP : delayMs(delay);
        long runAtMs = at == null ? 0 : Instant.parse(at).toEpochMilli();
        Reschedule.Change change =
                new Reschedule.Change(priority == null ? null : SubmitCommand.priority(priority), delayMs, runAtMs);
        long[] taskIds = ids.stream().mapToLong(TaskId::parse).toArray();
        long changed;
        try (Telpher telpher = broker.connect()) {
            changed = telpher.operations().reschedule(change, taskIds);
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("changed", changed);
        fields.put("unchanged", ids.size() - changed);
        output.says(spec.commandLine().getOut(), changed + " of " + ids.size() + " changed", fields);
        return 0;
    }

    private static long delayMs(String text) {
        Duration span = TimeSpan.of(text);
        if (span == null) {
            throw new IllegalArgumentException("--delay is like 30s, 5m or 2h, not \"" + text + "\"");
        }
        return span.toMillis();
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Tasks, the oldest first.")
    int list(
            @Mixin Connect broker,
            @Mixin Output output,
            @Option(
                            names = {"-q", "--queue"},
                            defaultValue = "")
                    String queue,
            @Option(
                            names = {"-s", "--status"},
                            description = "queued or pending, processing, completed, failed, cancelled")
                    @Nullable
                    String status,
            @Option(names = "--limit", defaultValue = "50") int limit,
            @Option(names = "--after", defaultValue = "t-0", description = "Only tasks behind this id.") String after) {
        try (Telpher telpher = broker.connect()) {
            Operations.Page page = telpher.operations().list(TaskId.parse(after), limit, mask(status), queue, "");
            output.rows(
                    spec.commandLine().getOut(),
                    page.tasks().stream().map(Output::row).toList());
        }
        return 0;
    }

    private static int mask(@Nullable String status) {
        int mask = 0;
        if (status != null) {
            TaskStatus wanted = TaskStatus.ofWord(status);
            for (TaskState state : TaskState.values()) {
                mask |= state != TaskState.NONE && state.status() == wanted ? state.mask() : 0;
            }
        }
        return mask;
    }
}
