package io.telpher.broker.cli.task;

import com.fasterxml.jackson.databind.JsonNode;
import io.telpher.broker.cli.connect.Connect;
import io.telpher.broker.partition.payload.PayloadJson;
import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Submits the tasks of an {@link ExportCommand}. */
@Command(
        name = "import",
        mixinStandardHelpOptions = true,
        description = {
            "Submits the tasks of a file that tq export wrote. They keep queue, type, priority, payload, headers, key,"
                    + " limits and times; ids are new, and attempts count from 0.",
            "May be repeated: a task without an idempotency key gets one, so that none is made twice within the key's"
                    + " window (24 h)."
        })
public final class ImportCommand implements Callable<Integer> {
    private static final int UNDER_WAY_MAX = 1_000;

    @Mixin
    private Connect broker = new Connect();

    @Parameters(paramLabel = "FILE", description = "What tq export wrote.")
    private Path file = Path.of("tasks.jsonl");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private long made;
    private long known;
    private long expired;

    private record UnderWay(int line, CompletableFuture<Submission> submission) {}

    @Override
    public Integer call() throws IOException {
        try (Telpher telpher = broker.connect();
                BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            Deque<UnderWay> underWay = new ArrayDeque<>();
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                TaskSpec task = task(line, number);
                if (task == null) {
                    expired++;
                    continue;
                }
                underWay.add(new UnderWay(number, telpher.submitAsync(task)));
                if (underWay.size() == UNDER_WAY_MAX) {
                    take(underWay.remove());
                }
            }
            while (!underWay.isEmpty()) {
                take(underWay.remove());
            }
        }
        spec.commandLine()
                .getErr()
                .println(made + " tasks were made, " + known + " were there already, " + expired + " have expired");
        return 0;
    }

    private void take(UnderWay each) {
        try {
            if (each.submission().join().duplicate()) {
                known++;
            } else {
                made++;
            }
        } catch (CompletionException e) {
            spec.commandLine()
                    .getErr()
                    .println("TQ-4021 line " + each.line()
                            + " was refused, those before it are in; repeat the import when that is put right");
            throw e;
        }
    }

    /** Null when it has expired meanwhile. */
    private @Nullable TaskSpec task(String line, int number) {
        try {
            JsonNode json = PayloadJson.read(line.getBytes(StandardCharsets.UTF_8));
            long nowMs = System.currentTimeMillis();
            long expiresAtMs = time(json, "expires_at");
            if (expiresAtMs != 0 && expiresAtMs <= nowMs) {
                return null;
            }
            String key = json.path("idempotency_key").asText();
            TaskSpec task = TaskSpec.type(required(json, "type"))
                    .queue(required(json, "queue"))
                    .priority(SubmitCommand.priority(required(json, "priority")))
                    .maxRetries(json.path("max_retries").asInt(TaskSpec.INHERIT))
                    .visibilityTimeoutMs(json.path("visibility_timeout_ms").asInt())
                    .contentType(json.path("content_type").asText())
                    .idempotencyKey(key.isEmpty() ? required(json, "export") + "/" + required(json, "task_id") : key)
                    .expiresAtMs(expiresAtMs)
                    .payload(json.path("payload_base64").binaryValue());
            json.path("headers")
                    .properties()
                    .forEach(each -> task.header(each.getKey(), each.getValue().asText()));
            long runAtMs = time(json, "run_at");
            return runAtMs > nowMs ? task.runAtMs(runAtMs) : task;
        } catch (IOException | RuntimeException e) {
            throw new IllegalArgumentException(
                    "TQ-4022 line " + number + " of " + file + " is not as tq export writes it: " + e.getMessage(), e);
        }
    }

    private static String required(JsonNode json, String name) {
        String text = json.path(name).asText();
        if (text.isEmpty()) {
            throw new IllegalArgumentException(name + " is missing");
        }
        return text;
    }

    private static long time(JsonNode json, String name) throws IOException {
        try {
            return json.has(name) ? Instant.parse(json.get(name).asText()).toEpochMilli() : 0;
        } catch (DateTimeException e) {
            throw new IOException(name + ": " + e.getMessage(), e);
        }
    }
}
