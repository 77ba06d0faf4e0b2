package io.telpher.broker.http.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.http.call.BrokerCall;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.Durations;
import io.telpher.broker.http.json.JsonBody;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.json.TaskJson;
import io.telpher.broker.http.request.ApiRequest;
import io.telpher.broker.http.request.TraceContext;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.Utf8;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Extend;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.lease.Progress;
import io.telpher.protocol.lease.Release;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.task.BatchSubmitted;
import io.telpher.protocol.task.Cancel;
import io.telpher.protocol.task.Explanation;
import io.telpher.protocol.task.Get;
import io.telpher.protocol.task.History;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import io.telpher.protocol.task.Submitted;
import io.telpher.protocol.task.Task;
import io.telpher.protocol.task.TaskStateReply;
import io.telpher.protocol.task.Transition;
import io.telpher.protocol.task.Transitions;
import io.telpher.protocol.task.WaitFor;
import io.telpher.protocol.task.Why;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Routes about tasks: {@code /api/v1/tasks...} and {@code /api/v1/queues/{q}/reserve}. */
final class TaskRoutes {
    private static final int RESERVE_DEFAULT = 1;
    private static final List<String> RESERVE_FIELDS =
            List.of("max", "wait_ms", "worker", "version", "host", "visibility_timeout_ms");
    private static final int PERCENT_MAX = 100;

    private TaskRoutes() {}

    static BrokerCall submit(ApiRequest request) throws Refusal {
        JsonBody fields = request.json();
        TaskSpec spec = TaskJson.spec(fields, request.idempotencyKey());
        TraceContext.carry(request, fields, spec);
        return new BrokerCall((out, id) -> Submit.write(out, id, spec), TaskRoutes::submitted);
    }

    private static Answer submitted(ByteBuffer frame) {
        Submitted reply = new Submitted().wrap(frame, 0);
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.put("task_id", TaskId.format(reply.taskId()));
        json.put("status", reply.duplicate() ? reply.state().status().word() : "queued");
        json.put("created_at", TaskJson.time(reply.createdAtMs()));
        if (!reply.duplicate()) {
            return Answer.json(202, json);
        }
        json.put("state", reply.state().word());
        json.put("duplicate", true);
        Result result = reply.result();
        TaskJson.result(json, result == null ? Result.NONE : result);
        return Answer.json(200, json);
    }

    static BrokerCall submitBatch(ApiRequest request) throws Refusal {
        if (!request.idempotencyKey().isEmpty()) {
            throw Refusal.bad("Idempotency-Key stands for one task; in a batch each task has its idempotency_key");
        }
        List<JsonNode> tasks = tasks(request);
        if (tasks.isEmpty()) {
            throw Refusal.bad("the body must be {\"tasks\":[...]} with at least one task");
        }
        FrameWriter frames = submits(tasks, "tasks");
        int count = tasks.size();
        return new BrokerCall(
                (out, id) -> SubmitBatch.write(out, id, count, frames.written()), TaskRoutes::batchSubmitted);
    }

    /** Either {@code {"tasks": [...]}} or the array alone. */
    private static List<JsonNode> tasks(ApiRequest request) throws Refusal {
        JsonNode body = JsonBody.tree(request.body());
        if (body.isArray()) {
            List<JsonNode> tasks = new ArrayList<>();
            body.forEach(tasks::add);
            return tasks;
        }
        JsonBody fields = new JsonBody(body, "the body");
        fields.allow(List.of("tasks"));
        return fields.elements("tasks");
    }

    private static FrameWriter submits(List<JsonNode> tasks, String where) throws Refusal {
        FrameWriter frames = new FrameWriter();
        for (int i = 0; i < tasks.size(); i++) {
            Submit.write(frames, 0, TaskJson.spec(new JsonBody(tasks.get(i), where + "[" + i + "]"), ""));
        }
        return frames;
    }

    /** One line per task, and valid JSON as a whole. */
    private static Answer batchSubmitted(ByteBuffer frame) {
        BatchSubmitted reply = new BatchSubmitted().wrap(frame, 0);
        StringBuilder json = new StringBuilder("{\"tasks\":[\n");
        for (int i = 0; i < reply.count(); i++) {
            json.append("{\"task_id\":\"").append(TaskId.format(reply.taskId(i)));
            json.append("\",\"status\":\"")
                    .append(reply.duplicate(i) ? reply.state(i).status().word() : "queued");
            json.append("\",\"duplicate\":").append(reply.duplicate(i));
            json.append(i + 1 < reply.count() ? "},\n" : "}\n");
        }
        byte[] body = json.append("],\"created_at\":\"")
                .append(TaskJson.time(reply.createdAtMs()))
                .append("\"}\n")
                .toString()
                .getBytes(java.nio.charset.StandardCharsets.UTF_8);
        return new Answer(202, TaskJson.JSON_TYPE, body, 0);
    }

    /** WAIT answers without the payload, which a GET behind it then brings. */
    static BrokerCall get(ApiRequest request) throws Refusal {
        long taskId = TaskJson.id(request.path().get(3));
        boolean withPayload = request.flag("payload");
        long waitMs = Durations.ms("wait", request.parameter("wait", "0s"));
        if (waitMs > Limits.RESERVE_WAIT_MS_MAX) {
            throw Refusal.bad("wait is at most " + Limits.RESERVE_WAIT_MS_MAX / 1_000 + "s");
        }
        if (waitMs > 0 && request.flag("stale")) {
            throw Refusal.bad("wait needs the node that leads; with stale=true a task is answered as it is");
        }
        BrokerCall get = new BrokerCall(
                (out, id) -> Get.write(out, id, taskId, withPayload), frame -> shown(frame, withPayload));
        if (waitMs == 0) {
            return get;
        }
        return new BrokerCall(
                (out, id) -> WaitFor.write(out, id, taskId, (int) waitMs),
                frame -> shown(frame, false),
                withPayload ? reply -> get : null);
    }

    private static Answer shown(ByteBuffer frame, boolean withPayload) {
        return Answer.json(200, TaskJson.json(new Task().wrap(frame, 0).view(), withPayload));
    }

    static BrokerCall why(ApiRequest request) throws Refusal {
        long taskId = TaskJson.id(request.path().get(3));
        return new BrokerCall((out, id) -> Why.write(out, id, taskId), frame -> {
            Explanation why = new Explanation().wrap(frame, 0);
            ObjectNode json = JsonBody.JSON.createObjectNode();
            json.put("task_id", TaskId.format(why.taskId()));
            json.put("reason", why.reason().word());
            json.put("sentence", why.sentence());
            json.put("state", why.state().word());
            json.put("queue", why.queue());
            json.put("worker", why.worker().isEmpty() ? null : why.worker());
            json.put("attempt", why.attempt());
            json.put("attempts_max", why.attemptsMax());
            json.put("position", why.position() > 0 ? why.position() : null);
            json.put("eta_seconds", why.etaMs() < 0 ? null : why.etaMs() / 1e3);
            json.put("ended_per_second", why.endedPerSecond());
            TaskJson.time(json, "since", why.sinceMs());
            TaskJson.time(json, "until", why.untilMs());
            return Answer.json(200, json);
        });
    }

    static BrokerCall history(ApiRequest request) throws Refusal {
        long taskId = TaskJson.id(request.path().get(3));
        return new BrokerCall((out, id) -> History.write(out, id, taskId), TaskRoutes::history);
    }

    private static Answer history(ByteBuffer frame) {
        Transitions transitions = new Transitions().wrap(frame, 0);
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.put("task_id", TaskId.format(transitions.taskId()));
        json.put("complete", transitions.sinceMs() == 0);
        TaskJson.time(json, "since", transitions.sinceMs());
        var steps = json.putArray("transitions");
        Frames frames = transitions.steps();
        Transition step = new Transition();
        while (frames.next()) {
            step.wrap(frames.buffer(), frames.offset());
            ObjectNode each = steps.addObject();
            TaskJson.time(each, "at", step.atMs());
            each.put("from", step.from() == TaskState.NONE ? null : step.from().word());
            each.put("to", step.to().word());
            each.put("attempt", step.attempt());
            each.put("lease_id", step.leaseId());
            each.put("worker", step.by());
            each.put("note", step.note());
        }
        return Answer.json(200, json);
    }

    static BrokerCall cancel(ApiRequest request) throws Refusal {
        long taskId = TaskJson.id(request.path().get(3));
        return new BrokerCall((out, id) -> Cancel.write(out, id, taskId), frame -> {
            TaskStateReply reply = new TaskStateReply().wrap(frame, 0);
            ObjectNode json = state(reply);
            boolean running = reply.state() == TaskState.ACTIVE;
            if (running) {
                json.put("cancel_requested", true);
            }
            return Answer.json(running ? 202 : 200, json);
        });
    }

    private static ObjectNode state(TaskStateReply reply) {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.put("task_id", TaskId.format(reply.taskId()));
        json.put("status", reply.state().status().word());
        json.put("state", reply.state().word());
        return json;
    }

    static BrokerCall reserve(ApiRequest request) throws Refusal {
        JsonBody fields = request.json();
        fields.allow(RESERVE_FIELDS);
        return reserve(fields, List.of(request.path().get(3)));
    }

    /** From several queues. */
    static BrokerCall reserveFromAll(ApiRequest request) throws Refusal {
        JsonBody fields = request.json();
        List<String> known = new ArrayList<>(RESERVE_FIELDS);
        known.add("queues");
        fields.allow(known);
        return reserve(fields, queues(fields.get("queues")));
    }

    /** Names in order of preference, {@code ["mail","sms"]}, or weights, {@code {"mail":3,"sms":1}}. */
    private static List<String> queues(JsonNode named) throws Refusal {
        List<String> queues = new ArrayList<>();
        if (named.isObject()) {
            JsonBody weights = new JsonBody(named, "queues");
            for (Map.Entry<String, JsonNode> each : named.properties()) {
                int weight = weights.within(each.getKey(), 0, Limits.WEIGHT_MAX);
                queues.add(each.getKey() + ":" + weight);
            }
        } else if (named.isArray()) {
            for (JsonNode name : named) {
                queues.add(name.isTextual() ? name.asText() : "");
            }
        }
        if (queues.isEmpty()) {
            throw Refusal.bad(
                    "queues is missing: [\"mail\",\"sms\"] in order of preference, or weights: {\"mail\":3,\"sms\":1}");
        }
        try {
            Reserve.requireWeights(queues);
        } catch (IllegalArgumentException e) {
            throw Refusal.bad("queues: " + e.getMessage());
        }
        return queues;
    }

    private static BrokerCall reserve(JsonBody fields, List<String> queues) throws Refusal {
        Reserve.Wants wants = new Reserve.Wants(
                fields.integer("max", RESERVE_DEFAULT),
                fields.integer("wait_ms", 0),
                fields.positiveInteger("visibility_timeout_ms"),
                fields.text("worker", "http"));
        BrokerCall.Program worker = new BrokerCall.Program(
                fields.textWithin("version", Limits.CLIENT_VERSION_BYTES_MAX),
                fields.textWithin("host", Limits.HOST_BYTES_MAX));
        return new BrokerCall((out, id) -> Reserve.write(out, id, wants, queues), TaskRoutes::delivered).saidBy(worker);
    }

    private static Answer delivered(ByteBuffer frame) {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        var tasks = json.putArray("tasks");
        Deliveries deliveries = new Deliveries().wrap(frame, 0);
        Delivery delivery = deliveries.first();
        while (delivery.next()) {
            tasks.add(TaskJson.json(delivery));
        }
        if (deliveries.draining()) {
            json.put("draining", true);
        }
        return Answer.json(200, json);
    }

    static BrokerCall ack(ApiRequest request) throws Refusal {
        long taskId = TaskJson.id(request.path().get(3));
        JsonBody fields = request.json();
        fields.allow(List.of("lease_id", "result", "result_base64", "result_content_type", "follow_up"));
        long leaseId = leaseId(fields);
        Result result = result(fields);
        FrameWriter followUps = submits(fields.elements("follow_up"), "follow_up");
        return settled((out, id) -> Ack.write(out, id, taskId, leaseId, result, followUps.written()));
    }

    private static Result result(JsonBody fields) throws Refusal {
        fields.requireOneOf("result", "result_base64");
        if (fields.has("result_base64")) {
            return Result.of(fields.text("result_content_type", ""), fields.base64("result_base64"));
        }
        if (fields.has("result_content_type")) {
            throw Refusal.bad("result_content_type goes with result_base64; a result is JSON");
        }
        return fields.get("result").isMissingNode()
                ? Result.NONE
                : Result.of(TaskJson.JSON_TYPE, TaskJson.bytes(fields.get("result")));
    }

    static BrokerCall nack(ApiRequest request) throws Refusal {
        long taskId = TaskJson.id(request.path().get(3));
        JsonBody fields = request.json();
        fields.allow(List.of("lease_id", "error", "permanent", "retry_after_ms"));
        long leaseId = leaseId(fields);
        String error = Utf8.cut(fields.text("error", ""), Limits.ERROR_BYTES_MAX, Nack.CUT);
        boolean permanent = fields.flag("permanent");
        long retryAfterMs = fields.natural("retry_after_ms", TaskSpec.INHERIT);
        return settled((out, id) -> Nack.write(out, id, taskId, leaseId, retryAfterMs, permanent, error));
    }

    static BrokerCall release(ApiRequest request) throws Refusal {
        long taskId = TaskJson.id(request.path().get(3));
        JsonBody fields = request.json();
        fields.allow(List.of("lease_id"));
        long leaseId = leaseId(fields);
        return settled((out, id) -> Release.write(out, id, taskId, leaseId));
    }

    static BrokerCall extend(ApiRequest request) throws Refusal {
        long taskId = TaskJson.id(request.path().get(3));
        JsonBody fields = request.json();
        fields.allow(List.of("lease_id", "visibility_timeout_ms"));
        long leaseId = leaseId(fields);
        int timeoutMs = fields.positiveInteger("visibility_timeout_ms");
        return settled((out, id) -> Extend.write(out, id, taskId, leaseId, timeoutMs));
    }

    static BrokerCall progress(ApiRequest request) throws Refusal {
        long taskId = TaskJson.id(request.path().get(3));
        JsonBody fields = request.json();
        fields.allow(List.of("lease_id", "percent", "progress", "note"));
        long leaseId = leaseId(fields);
        fields.requireOneOf("percent", "progress");
        int percent = fields.within("percent", fields.within("progress", 0, PERCENT_MAX), PERCENT_MAX);
        String note = fields.text("note", "");
        return settled((out, id) -> Progress.write(out, id, taskId, leaseId, percent, note));
    }

    private static long leaseId(JsonBody fields) throws Refusal {
        if (!fields.has("lease_id")) {
            throw Refusal.bad("lease_id is missing: the number that came with the task when it was reserved");
        }
        return fields.number("lease_id", 0);
    }

    private static BrokerCall settled(BrokerCall.Frame frame) {
        return new BrokerCall(frame, reply -> {
            TaskStateReply state = new TaskStateReply().wrap(reply, 0);
            ObjectNode json = state(state);
            json.put("cancel_requested", state.cancelRequested());
            if (state.leaseId() != 0) {
                json.put("lease_id", state.leaseId());
                TaskJson.time(json, "lease_expires_at", state.leaseDeadlineMs());
            }
            TaskJson.time(json, "next_run_at", state.nextRunAtMs());
            if (state.followUpIds().length > 0) {
                var ids = json.putArray("follow_up");
                for (long followUp : state.followUpIds()) {
                    ids.add(TaskId.format(followUp));
                }
            }
            return Answer.json(200, json);
        });
    }
}
