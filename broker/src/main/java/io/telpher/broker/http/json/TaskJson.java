package io.telpher.broker.http.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.partition.payload.PayloadJson;
import io.telpher.protocol.Backoff;
import io.telpher.protocol.Priority;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.task.Submit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Tasks to JSON and back. */
public final class TaskJson {
    public static final String JSON_TYPE = "application/json";

    private static final List<String> SUBMIT_FIELDS = List.of(
            "type",
            "payload",
            "payload_base64",
            "content_type",
            "queue",
            "priority",
            "idempotency_key",
            "idempotency_window_ms",
            "delay_ms",
            "run_at",
            "expires_at",
            "expires_in_ms",
            "visibility_timeout_ms",
            "max_retries",
            "retry",
            "headers");
    private static final List<String> RETRY_FIELDS =
            List.of("max_retries", "backoff", "base_ms", "factor", "cap_ms", "jitter");
    private static final int PERCENT_MAX = 100;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private TaskJson() {}

    /** @param key from the header; the field of the same meaning must agree with it */
    public static TaskSpec spec(JsonBody fields, String key) throws Refusal {
        fields.allow(SUBMIT_FIELDS);
        if (!fields.has("type")) {
            throw Refusal.bad("type is missing: it tells workers what to do, for example \"type\":\"mail\"");
        }
        String bodyKey = fields.text("idempotency_key", key);
        if (!key.isEmpty() && !bodyKey.equals(key)) {
            throw Refusal.bad("the header Idempotency-Key and the field idempotency_key differ");
        }
        TaskSpec spec = TaskSpec.type(fields.text("type", ""))
                .queue(fields.text("queue", QueueName.DEFAULT))
                .priority(priority(fields.text("priority", "normal")))
                .idempotencyKey(bodyKey)
                .idempotencyWindowMs(fields.positive("idempotency_window_ms"))
                .delayMs(fields.natural("delay_ms", 0))
                .runAtMs(fields.time("run_at"))
                .expiresAtMs(fields.time("expires_at"))
                .expiresInMs(fields.positive("expires_in_ms"))
                .visibilityTimeoutMs(fields.positiveInteger("visibility_timeout_ms"))
                .maxRetries(fields.count("max_retries", TaskSpec.INHERIT));
        content(fields, spec);
        if (fields.has("retry")) {
            JsonBody retry = new JsonBody(fields.get("retry"), "retry");
            if (fields.has("max_retries") && retry.has("max_retries")) {
                throw Refusal.bad("give max_retries or retry.max_retries, not both");
            }
            retry(retry, spec);
        }
        return spec;
    }

    /** Payload, content type and headers. */
    public static void content(JsonBody fields, TaskSpec spec) throws Refusal {
        payload(fields, spec);
        headers(fields, spec);
    }

    private static void payload(JsonBody fields, TaskSpec spec) throws Refusal {
        fields.requireOneOf("payload", "payload_base64");
        if (fields.has("payload_base64")) {
            spec.payload(fields.base64("payload_base64")).contentType(fields.text("content_type", ""));
        } else if (fields.get("payload").isMissingNode()) {
            throw Refusal.bad("payload is missing: any JSON value, or payload_base64 for bytes");
        } else {
            if (!fields.text("content_type", JSON_TYPE).equals(JSON_TYPE)) {
                throw Refusal.bad("a payload is JSON; other content types go with payload_base64");
            }
            spec.payload(bytes(fields.get("payload"))).contentType(JSON_TYPE);
        }
    }

    private static void headers(JsonBody fields, TaskSpec spec) throws Refusal {
        if (fields.has("headers")) {
            JsonBody headers = new JsonBody(fields.get("headers"), "headers");
            Iterator<String> names = fields.get("headers").fieldNames();
            while (names.hasNext()) {
                String name = names.next();
                if (!JsonBody.isWhole(name)) {
                    throw Refusal.bad("headers: a name holds half of a surrogate pair");
                }
                spec.header(name, headers.text(name, ""));
            }
        }
    }

    private static void retry(JsonBody retry, TaskSpec spec) throws Refusal {
        retry.allow(RETRY_FIELDS);
        if (retry.has("max_retries")) {
            spec.maxRetries(retry.count("max_retries", 0));
        }
        spec.backoff(
                backoff(retry.text("backoff", "inherit")),
                retry.natural("base_ms", TaskSpec.INHERIT),
                retry.natural("cap_ms", TaskSpec.INHERIT),
                factor(retry),
                jitter(retry, Submit.JITTER_INHERIT));
    }

    /** In thousandths; -1 when it is not given. */
    public static int factor(JsonBody fields) throws Refusal {
        if (!fields.has("factor")) {
            return TaskSpec.INHERIT;
        }
        try {
            return Backoff.factorMillis(fields.decimal("factor"));
        } catch (IllegalArgumentException e) {
            throw Refusal.bad("factor: " + e.getMessage());
        }
    }

    /** In percent. */
    static int jitter(JsonBody fields, int byDefault) throws Refusal {
        int jitter = fields.count("jitter", byDefault);
        if (fields.has("jitter") && jitter > PERCENT_MAX) {
            throw Refusal.bad("jitter is 0 to 100 percent, not " + jitter);
        }
        return jitter;
    }

    static Backoff backoff(String word) throws Refusal {
        for (Backoff kind : Backoff.values()) {
            if (kind.word().equals(word)) {
                return kind;
            }
        }
        throw Refusal.bad("backoff \"" + word + "\" is not one of fixed, linear, exponential");
    }

    public static Priority priority(String word) throws Refusal {
        for (Priority priority : Priority.values()) {
            if (priority.word().equals(word)) {
                return priority;
            }
        }
        throw Refusal.bad("priority \"" + word + "\" is not one of high, normal, low");
    }

    public static byte[] bytes(JsonNode value) {
        try {
            return JsonBody.JSON.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree can always be written", e);
        }
    }

    public static long id(String text) throws Refusal {
        try {
            return TaskId.parse(text);
        } catch (IllegalArgumentException e) {
            throw Refusal.bad(String.valueOf(e.getMessage()));
        }
    }

    public static ObjectNode json(TaskView task, boolean withPayload) {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.put("task_id", TaskId.format(task.taskId));
        json.put("status", task.state.status().word());
        json.put("state", task.state.word());
        json.put("queue", task.queue);
        json.put("type", task.type);
        json.put("priority", task.priority.word());
        json.put("attempts", task.attempts);
        json.put("crashes", task.crashes);
        json.put("replays", task.replays);
        json.put("max_retries", task.maxRetries);
        json.put("visibility_timeout_ms", task.visibilityTimeoutMs);
        json.put("cancel_requested", task.cancelRequested);
        json.put("progress", task.progress);
        time(json, "created_at", task.createdAtMs);
        time(json, "started_at", task.startedAtMs);
        time(json, "finished_at", task.finishedAtMs);
        time(json, "next_run_at", task.nextRunAtMs);
        time(json, "expires_at", task.expiresAtMs);
        text(json, "last_error", task.lastError);
        text(json, "progress_note", task.progressNote);
        text(json, "worker", task.worker);
        text(json, "idempotency_key", task.idempotencyKey);
        if (task.payloadUnreadable) {
            json.put("payload_unreadable", true);
        }
        if (task.resultUnreadable) {
            json.put("result_unreadable", true);
        }
        text(json, "dead_reason", task.state.word().equals("dead") ? task.deadReason.word() : "");
        result(json, task.result);
        if (withPayload && !task.payloadUnreadable) {
            data(json, "payload", task.contentType, ByteBuffer.wrap(task.payload));
            headers(json, task.headers);
        }
        return json;
    }

    public static ObjectNode json(Delivery delivery) {
        Submit submit = delivery.submit();
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.put("task_id", TaskId.format(delivery.taskId()));
        json.put("lease_id", delivery.leaseId());
        json.put("lease_ms", delivery.leaseMs());
        json.put("queue", submit.queue());
        json.put("type", submit.taskType());
        json.put("priority", submit.priority().word());
        json.put("attempt", delivery.attempt());
        json.put("attempts", delivery.attempt());
        json.put("crashes", delivery.crashes());
        json.put("replays", delivery.replays());
        json.put("max_retries", delivery.maxRetries());
        time(json, "created_at", delivery.createdAtMs());
        text(json, "idempotency_key", submit.idempotencyKey());
        data(json, "payload", submit.contentType(), ByteBuffer.wrap(submit.payload()));
        headers(json, submit.headers());
        return json;
    }

    private static void headers(ObjectNode json, Map<String, String> headers) {
        ObjectNode node = json.putObject("headers");
        headers.forEach(node::put);
    }

    public static void result(ObjectNode json, Result result) {
        if (result.isPresent()) {
            data(json, "result", result.contentType(), result.bytes());
        } else {
            json.putNull("result");
        }
    }

    /** JSON stays JSON; other bytes become base64 with their type beside. */
    private static void data(ObjectNode json, String name, String contentType, ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        JsonNode parsed = contentType.equals(JSON_TYPE) ? parsed(copy) : JsonBody.JSON.missingNode();
        if (!parsed.isMissingNode()) {
            json.set(name, parsed);
        } else {
            json.put(name + "_base64", Base64.getEncoder().encodeToString(copy));
        }
        json.put(name.equals("payload") ? "content_type" : name + "_content_type", contentType);
    }

    private static JsonNode parsed(byte[] bytes) {
        try {
            return PayloadJson.read(bytes);
        } catch (IOException e) {
            return JsonBody.JSON.missingNode(); // a binary client said JSON and sent something else: shown as base64
        }
    }

    private static void text(ObjectNode json, String name, String value) {
        if (value.isEmpty()) {
            json.putNull(name);
        } else {
            json.put(name, value);
        }
    }

    public static void time(ObjectNode json, String name, long epochMs) {
        text(json, name, epochMs == 0 ? "" : time(epochMs));
    }

    public static String time(long epochMs) {
        return TIME.format(Instant.ofEpochMilli(epochMs));
    }
}
