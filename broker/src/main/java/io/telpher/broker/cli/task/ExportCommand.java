package io.telpher.broker.cli.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.cli.connect.Connect;
import io.telpher.broker.partition.payload.PayloadJson;
import io.telpher.client.Operations;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Limits;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes tasks that are still to be done as lines of JSON, for {@link ImportCommand}. */
@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        description = {
            "Writes the tasks that are still to be done to a file, a JSON object a line, for tq import: to another"
                    + " broker, or to a version that does not read this one's data.",
            "Stop workers and producers first: what a worker finishes meanwhile may be exported all the same."
        })
public final class ExportCommand implements Callable<Integer> {
    private static final int UNDER_WAY_MAX = 256;

    @Mixin
    private Connect broker = new Connect();

    @Option(
            names = {"-q", "--queue"},
            description = "Only of this queue. Default: of all.")
    private String queue = "";

    @Option(names = "--dead", description = "The dead letters, instead of what is still to be done.")
    private boolean dead;

    @Parameters(paramLabel = "FILE", description = "New; only its owner may read it.")
    private Path file = Path.of("tasks.jsonl");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    /** So that two exports' tasks are told apart where both are imported. */
    private final String export = UUID.randomUUID().toString();

    private long count;

    @Override
    public Integer call() throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (Telpher telpher = broker.connect();
                BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8, StandardOpenOption.APPEND)) {
            int states = mask();
            long after = 0;
            do {
                Operations.Page page = telpher.operations().list(after, Limits.LIST_MAX, states, queue, "");
                write(telpher, page.tasks(), states, out);
                after = page.nextAfter();
            } while (after != 0);
        }
        spec.commandLine().getErr().println(count + " tasks are in " + file);
        return 0;
    }

    private int mask() {
        Set<TaskState> states = dead
                ? Set.of(TaskState.DEAD)
                : Set.of(TaskState.SCHEDULED, TaskState.READY, TaskState.RETRY_WAIT, TaskState.ACTIVE);
        return states.stream().mapToInt(TaskState::mask).reduce(0, (all, each) -> all | each);
    }

    private void write(Telpher telpher, List<TaskView> tasks, int states, BufferedWriter out) throws IOException {
        Deque<CompletableFuture<TaskView>> underWay = new ArrayDeque<>();
        for (TaskView task : tasks) {
            underWay.add(telpher.getAsync(task.taskId, true));
            if (underWay.size() == UNDER_WAY_MAX) {
                write(underWay.remove(), states, out);
            }
        }
        while (!underWay.isEmpty()) {
            write(underWay.remove(), states, out);
        }
    }

    private void write(CompletableFuture<TaskView> asked, int states, BufferedWriter out) throws IOException {
        TaskView task;
        try {
            task = asked.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof TelpherException refused && refused.code() == ErrorCode.TASK_PURGED) {
                return; // done since, and over its retention
            }
            throw e;
        }
        if ((task.state.mask() & states) == 0) {
            return; // done since it was listed
        }
        if (task.payloadUnreadable) {
            throw new IllegalArgumentException("TQ-4020 the payload of " + TaskId.format(task.taskId)
                    + " can't be read from the broker's disk; what was exported until then is in " + file);
        }
        out.write(PayloadJson.JSON.writeValueAsString(json(task)));
        out.newLine();
        count++;
    }

    private ObjectNode json(TaskView task) {
        ObjectNode json = PayloadJson.JSON.createObjectNode();
        json.put("export", export);
        json.put("task_id", TaskId.format(task.taskId));
        json.put("queue", task.queue);
        json.put("type", task.type);
        json.put("priority", task.priority.name().toLowerCase(Locale.ROOT));
        json.put("state", task.state.name().toLowerCase(Locale.ROOT));
        json.put("attempts", task.attempts);
        json.put("max_retries", task.maxRetries);
        json.put("visibility_timeout_ms", task.visibilityTimeoutMs);
        json.put("content_type", task.contentType);
        json.put("idempotency_key", task.idempotencyKey);
        if (task.nextRunAtMs != 0) {
            json.put("run_at", Instant.ofEpochMilli(task.nextRunAtMs).toString());
        }
        if (task.expiresAtMs != 0) {
            json.put("expires_at", Instant.ofEpochMilli(task.expiresAtMs).toString());
        }
        ObjectNode headers = json.putObject("headers");
        task.headers.forEach(headers::put);
        json.put("payload_base64", task.payload);
        return json;
    }
}
