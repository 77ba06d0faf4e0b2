package io.telpher.broker.cli.task;

import com.fasterxml.jackson.databind.JsonNode;
import io.telpher.broker.cli.connect.Connect;
import io.telpher.broker.cli.output.Output;
import io.telpher.broker.cli.output.TimeSpan;
import io.telpher.broker.partition.payload.PayloadJson;
import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Priority;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.TaskSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Submits one task from its arguments, or one per line of JSON from stdin. */
@Command(
        name = "submit",
        mixinStandardHelpOptions = true,
        description = {
            "Submits a task and prints its id once it is durable.",
            "With --jsonl: one per line of stdin, {\"type\":..,\"payload\":..,\"queue\":..,\"priority\":..,\"delay_ms\":..,\"expires_in_ms\":..,"
                    + "\"idempotency_key\":..}; prints one id per line, in order."
        })
public final class SubmitCommand implements Callable<Integer> {
    private static final List<String> FIELDS = List.of(
            "type", "payload", "queue", "priority", "delay_ms", "expires_in_ms", "idempotency_key", "max_retries");
    private static final int UNDER_WAY_MAX = 1_000;

    @Mixin
    private Connect broker = new Connect();

    @Mixin
    private Output output = new Output();

    @Option(
            names = {"-q", "--queue"},
            defaultValue = QueueName.DEFAULT,
            description = "Default: ${DEFAULT-VALUE}")
    private String queue = QueueName.DEFAULT;

    @Option(
            names = {"-t", "--type"},
            defaultValue = "task",
            description = "Default: ${DEFAULT-VALUE}")
    private String type = "task";

    @Option(
            names = {"-p", "--priority"},
            defaultValue = "normal",
            description = "high, normal or low")
    private String priority = "normal";

    @Option(names = "--delay-ms", description = "Milliseconds until it may run.")
    private long delayMs;

    @Option(
            names = "--expires-in",
            paramLabel = "TIME",
            defaultValue = "",
            description = "Not started within 30s, 5m or 2h: it expires. Default: never.")
    private String expiresIn = "";

    @Option(
            names = {"-k", "--key"},
            description = "Idempotency key: a repeat makes no second task.")
    private String key = "";

    @Option(names = "--max-retries", description = "Default: the queue's.")
    private int maxRetries = TaskSpec.INHERIT;

    @Option(names = "--file", description = "Payload from a file.")
    private @Nullable Path file;

    @Option(names = "--jsonl", description = "Tasks from stdin, one JSON object a line.")
    private boolean jsonLines;

    @Parameters(arity = "0..1", description = "Payload as text; - or nothing = from stdin.")
    private @Nullable String payload;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        try (Telpher telpher = broker.connect()) {
            if (jsonLines) {
                submitLines(telpher);
            } else {
                submitOne(telpher);
            }
        }
        return 0;
    }

    private void submitOne(Telpher telpher) throws IOException {
        Submission submission = telpher.submit(TaskSpec.type(type)
                .queue(queue)
                .priority(priority(priority))
                .delayMs(delayMs)
                .expiresInMs(expiresInMs())
                .idempotencyKey(key)
                .maxRetries(maxRetries)
                .payload(payload()));
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("task_id", submission.id());
        fields.put(
                "status", submission.duplicate() ? submission.state().status().word() : "queued");
        fields.put("duplicate", submission.duplicate());
        output.fields(spec.commandLine().getOut(), fields);
    }

    private long expiresInMs() {
        return expiresIn.isEmpty()
                ? 0
                : TimeSpan.parse("--expires-in", expiresIn).toMillis();
    }

    private byte[] payload() throws IOException {
        if (file != null) {
            return Files.readAllBytes(file);
        }
        return payload == null || payload.equals("-")
                ? System.in.readAllBytes()
                : payload.getBytes(StandardCharsets.UTF_8);
    }

    private void submitLines(Telpher telpher) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8.newDecoder()));
        Deque<CompletableFuture<Submission>> underWay = new ArrayDeque<>();
        int number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            if (!line.isBlank()) {
                underWay.add(telpher.submitAsync(task(line, number)));
            }
            if (underWay.size() >= UNDER_WAY_MAX) {
                out.println(underWay.remove().join().id());
            }
        }
        underWay.forEach(submission -> out.println(submission.join().id()));
        out.flush();
    }

    private TaskSpec task(String line, int number) {
        try {
            JsonNode json = PayloadJson.read(line.getBytes(StandardCharsets.UTF_8));
            json.fieldNames().forEachRemaining(field -> {
                if (!FIELDS.contains(field)) {
                    throw new IllegalArgumentException("unknown field \"" + field + "\"; known: " + FIELDS);
                }
            });
            return TaskSpec.type(text(json, "type", type))
                    .queue(text(json, "queue", queue))
                    .priority(priority(text(json, "priority", priority)))
                    .delayMs(number(json, "delay_ms", delayMs, Limits.DELAY_MS_MAX))
                    .expiresInMs(number(json, "expires_in_ms", expiresInMs(), Limits.DELAY_MS_MAX))
                    .maxRetries((int) number(json, "max_retries", maxRetries, Limits.RETRIES_MAX))
                    .idempotencyKey(text(json, "idempotency_key", key))
                    .contentType("application/json")
                    .payload(PayloadJson.JSON.writeValueAsBytes(json.path("payload")));
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException("line " + number + " of stdin: " + e.getMessage(), e);
        }
    }

    private static String text(JsonNode json, String name, String byDefault) {
        JsonNode value = json.path(name);
        if (!value.isMissingNode() && !value.isTextual()) {
            throw new IllegalArgumentException(name + " must be a string, not " + value);
        }
        return value.asText(byDefault);
    }

    private static long number(JsonNode json, String name, long byDefault, long max) {
        JsonNode value = json.path(name);
        if (value.isMissingNode()) {
            return byDefault;
        }
        boolean isWhole = value.isIntegralNumber() && value.canConvertToLong();
        if (!isWhole || value.longValue() < 0 || value.longValue() > max) {
            throw new IllegalArgumentException(name + " must be 0 to " + max + ", not " + value);
        }
        return value.longValue();
    }

    static Priority priority(String word) {
        try {
            return Priority.valueOf(word.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("\"" + word + "\" is not a priority; use high, normal or low", e);
        }
    }
}
