package io.telpher.broker.cli.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.queue.QueueView;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** Prints rows as a table for people or as JSON for programs: {@code -o table|json|jsonl}. */
public final class Output {
    public enum Format {
        table,
        json,
        jsonl
    }

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final ObjectMapper LINES = new ObjectMapper();
    private static final int CELL_CHARS_MAX = 60;

    @Option(
            names = {"-o", "--output"},
            description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}",
            defaultValue = "table")
    private Format format = Format.table;

    public Format format() {
        return format;
    }

    public void rows(PrintWriter out, List<Map<String, Object>> rows) {
        if (format == Format.json) {
            json(out, rows);
        } else if (format == Format.jsonl) {
            rows.forEach(row -> line(out, row));
        } else if (rows.isEmpty()) {
            out.println("none");
        } else {
            table(out, rows);
        }
        out.flush();
    }

    /** One thing, its fields below each other. */
    public void fields(PrintWriter out, Map<String, Object> fields) {
        if (format == Format.json) {
            json(out, fields);
        } else if (format == Format.jsonl) {
            line(out, fields);
        } else {
            fields.forEach((name, value) -> out.printf("%-22s %s%n", name, Printable.lines(String.valueOf(value))));
        }
        out.flush();
    }

    /** A sentence for people, the same as fields for programs. */
    public void says(PrintWriter out, String sentence, Map<String, Object> fields) {
        if (format == Format.table) {
            out.println(sentence);
        } else {
            fields(out, fields);
        }
        out.flush();
    }

    /** One JSON object on one line. */
    public static void line(PrintWriter out, Object value) {
        try {
            out.println(LINES.writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("rows can always be written", e);
        }
    }

    private static void json(PrintWriter out, Object value) {
        try {
            out.println(JSON.writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void table(PrintWriter out, List<Map<String, Object>> rows) {
        List<String> columns = new ArrayList<>(rows.get(0).keySet());
        StringBuilder format = new StringBuilder();
        for (String column : columns) {
            int width = column.length();
            for (Map<String, Object> row : rows) {
                width = Math.max(width, cell(row.get(column)).length());
            }
            format.append("%-").append(width + 2).append('s');
        }
        format.append("%n");
        out.printf(format.toString(), columns.toArray());
        for (Map<String, Object> row : rows) {
            out.printf(
                    format.toString(),
                    columns.stream().map(column -> cell(row.get(column))).toArray());
        }
    }

    private static String cell(@org.jspecify.annotations.Nullable Object value) {
        String text = Printable.line(String.valueOf(value).lines().findFirst().orElse(""));
        return text.length() <= CELL_CHARS_MAX ? text : text.substring(0, CELL_CHARS_MAX - 1) + "…";
    }

    public static Map<String, Object> row(TaskView task) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("task_id", TaskId.format(task.taskId));
        row.put("queue", task.queue);
        row.put("type", task.type);
        row.put("status", task.state.status().word());
        row.put("state", task.state.word());
        row.put("priority", task.priority.word());
        row.put("attempts", task.attempts);
        row.put("created_at", time(task.createdAtMs));
        row.put("last_error", task.lastError);
        return row;
    }

    public static Map<String, Object> fields(TaskView task) {
        Map<String, Object> fields = row(task);
        fields.put("crashes", task.crashes);
        fields.put("replays", task.replays);
        fields.put("max_retries", task.maxRetries);
        fields.put("started_at", time(task.startedAtMs));
        fields.put("finished_at", time(task.finishedAtMs));
        fields.put("next_run_at", time(task.nextRunAtMs));
        fields.put("expires_at", time(task.expiresAtMs));
        if (task.payloadUnreadable) {
            fields.put("payload_unreadable", true);
        }
        if (task.resultUnreadable) {
            fields.put("result_unreadable", true);
        }
        fields.put("dead_reason", task.deadReason.word());
        fields.put("cancel_requested", task.cancelRequested);
        fields.put("progress", task.progress);
        fields.put("progress_note", task.progressNote);
        fields.put("worker", task.worker);
        fields.put("idempotency_key", task.idempotencyKey);
        fields.put("headers", task.headers);
        fields.put(
                "payload",
                StandardCharsets.UTF_8
                        .decode(java.nio.ByteBuffer.wrap(task.payload))
                        .toString());
        fields.put(
                "result",
                StandardCharsets.UTF_8.decode(task.result.bytes().duplicate()).toString());
        return fields;
    }

    public static Map<String, Object> row(QueueView queue) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("queue", queue.name);
        row.put("ready", queue.ready[0] + queue.ready[1] + queue.ready[2]);
        row.put("scheduled", queue.scheduled);
        row.put("retrying", queue.retryWait);
        row.put("active", queue.active);
        row.put("dead", queue.dead);
        row.put("completed", queue.completed);
        row.put("workers_waiting", queue.waiters);
        row.put("oldest_ready_ms", queue.oldestReadyAgeMs);
        row.put("paused", queue.paused);
        return row;
    }

    public static String time(long epochMs) {
        return epochMs == 0 ? "" : Instant.ofEpochMilli(epochMs).toString();
    }
}
