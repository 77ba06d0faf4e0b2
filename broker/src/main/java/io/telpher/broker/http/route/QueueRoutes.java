package io.telpher.broker.http.route;

import static io.telpher.protocol.queue.QueuePolicyFields.UNSET;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.http.call.BrokerCall;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.Durations;
import io.telpher.broker.http.json.JsonBody;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.json.TaskJson;
import io.telpher.broker.http.request.ApiRequest;
import io.telpher.protocol.admin.Snapshot;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.queue.DeleteQueue;
import io.telpher.protocol.queue.GetQueue;
import io.telpher.protocol.queue.ListQueues;
import io.telpher.protocol.queue.NoteQueue;
import io.telpher.protocol.queue.PauseQueue;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.PurgeQueue;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.queue.Queue;
import io.telpher.protocol.queue.QueueList;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.queue.QueueView;
import io.telpher.protocol.queue.ResumeQueue;
import io.telpher.protocol.queue.Scale;
import io.telpher.protocol.queue.ScaleHint;
import io.telpher.protocol.session.Counted;
import java.util.List;
import java.util.stream.Stream;

/** Routes about queues: {@code /api/v1/queues...}; those about their dead letters are in {@link DlqRoutes}. */
final class QueueRoutes {
    private static final int QUEUES_DEFAULT = 1_000;
    private static final String DRAIN_DEFAULT = "60s";
    private static final int THOUSANDTHS = 1_000;
    private static final List<String> POLICY_FIELDS =
            Stream.of(PolicyField.values()).map(PolicyField::jsonName).toList();

    private QueueRoutes() {}

    static BrokerCall list(ApiRequest request) throws Refusal {
        int limit = request.number("limit", QUEUES_DEFAULT);
        String after = request.parameter("after", "");
        return new BrokerCall((out, id) -> ListQueues.write(out, id, limit, after), frame -> {
            ObjectNode json = JsonBody.JSON.createObjectNode();
            var queues = json.putArray("queues");
            Frames frames = new QueueList().wrap(frame, 0).queues();
            Queue queue = new Queue();
            while (frames.next()) {
                queues.add(json(queue.wrap(frames.buffer(), frames.offset()).view()));
            }
            json.put("next", queues.size() < limit ? null : queue.view().name);
            return Answer.json(200, json);
        });
    }

    static BrokerCall get(ApiRequest request) {
        String name = request.path().get(3);
        return shown((out, id) -> GetQueue.write(out, id, name));
    }

    static BrokerCall put(ApiRequest request) throws Refusal {
        String name = request.path().get(3);
        QueuePolicyFields policy = policy(request.json());
        return shown((out, id) -> PutQueue.write(out, id, name, policy));
    }

    static BrokerCall pause(ApiRequest request) throws Refusal {
        String name = request.path().get(3);
        JsonBody fields = request.json();
        fields.allow(List.of("refuse_submits", "reason"));
        boolean refuseSubmits = fields.flag("refuse_submits");
        String reason = fields.text("reason", "");
        return shown((out, id) -> PauseQueue.write(out, id, name, refuseSubmits, reason, ""));
    }

    /** In place of the note before; an empty one takes it away. */
    static BrokerCall note(ApiRequest request) throws Refusal {
        String name = request.path().get(3);
        JsonBody fields = request.json();
        fields.allow(List.of("note"));
        if (!fields.has("note")) {
            throw Refusal.bad("note is missing; \"note\":\"\" takes the note away");
        }
        String note = fields.text("note", "");
        return shown((out, id) -> NoteQueue.write(out, id, name, note, ""));
    }

    static BrokerCall resume(ApiRequest request) throws Refusal {
        String name = request.path().get(3);
        request.json().allow(List.of());
        return shown((out, id) -> ResumeQueue.write(out, id, name));
    }

    /** Cancels what is pending; {@code "yes": true} has to say that this is meant. */
    static BrokerCall purge(ApiRequest request) throws Refusal {
        String name = request.path().get(3);
        JsonBody fields = request.json();
        fields.allow(List.of("yes", "limit"));
        if (!fields.flag("yes")) {
            throw Refusal.bad(
                    "a purge cancels every pending task of \"" + name + "\"; say \"yes\":true if that is meant");
        }
        int limit = fields.count("limit", 0);
        return new BrokerCall((out, id) -> PurgeQueue.write(out, id, name, limit), reply -> {
            ObjectNode json = JsonBody.JSON.createObjectNode();
            json.put("cancelled", new Counted().wrap(reply, 0).count());
            return Answer.json(200, json);
        });
    }

    /** Of an empty queue; {@code ?purge=true} says that its pending and dead tasks may go with it. */
    static BrokerCall delete(ApiRequest request) throws Refusal {
        String name = request.path().get(3);
        boolean purge = request.flag("purge");
        return new BrokerCall((out, id) -> DeleteQueue.write(out, id, name, purge), reply -> {
            ObjectNode json = JsonBody.JSON.createObjectNode();
            json.put("queue", name);
            json.put("removed", new Counted().wrap(reply, 0).count());
            return Answer.json(200, json);
        });
    }

    static BrokerCall scale(ApiRequest request) throws Refusal {
        int slots = request.number("slots_per_worker", 1);
        long drainMs = Durations.ms("target_drain", request.parameter("target_drain", DRAIN_DEFAULT));
        String name = request.path().get(3);
        return new BrokerCall((out, id) -> ScaleHint.write(out, id, slots, drainMs, name), reply -> {
            Scale scale = new Scale().wrap(reply, 0);
            ObjectNode json = JsonBody.JSON.createObjectNode();
            json.put("queue", scale.queue());
            json.put("workers_needed", scale.workersNeeded());
            json.put("drain_seconds", scale.drainSeconds());
            json.put("arrival_rate", scale.arrivalRate());
            json.put("mean_service_seconds", scale.meanServiceSeconds());
            json.put("oldest_ready_age_seconds", scale.oldestReadyAgeSeconds());
            json.put("ready", scale.ready());
            return Answer.json(200, json);
        });
    }

    private static BrokerCall shown(BrokerCall.Frame frame) {
        return new BrokerCall(
                frame, reply -> Answer.json(200, json(new Queue().wrap(reply, 0).view())));
    }

    private static QueuePolicyFields policy(JsonBody fields) throws Refusal {
        fields.allow(POLICY_FIELDS);
        QueuePolicyFields policy = QueuePolicyFields.NOTHING;
        for (PolicyField field : PolicyField.values()) {
            policy = policy.with(field, fields.has(field.jsonName()) ? value(fields, field) : UNSET);
        }
        return policy;
    }

    private static long value(JsonBody fields, PolicyField field) throws Refusal {
        String name = field.jsonName();
        return switch (field.kind()) {
            case DURATION, COUNT -> within(field, fields.natural(name, UNSET));
            case PERCENT -> within(field, fields.count(name, UNSET));
            case FACTOR -> TaskJson.factor(fields);
            case WORD -> word(field, fields.text(name, ""));
            case FLAG -> fields.flag(name) ? 1 : 0;
        };
    }

    /** Before it is cut to the field's width on the wire. */
    private static long within(PolicyField field, long value) throws Refusal {
        if (value < field.min() || value > field.max()) {
            throw Refusal.bad(field.jsonName() + " is " + value + "; it must be " + field.min() + " to " + field.max());
        }
        return value;
    }

    /** {@code inherit} is the word for a field that is not set. */
    private static long word(PolicyField field, String word) throws Refusal {
        int code = field.words().indexOf(word);
        if (code < 0) {
            List<String> words = field.words().subList(1, field.words().size());
            throw Refusal.bad(field.jsonName() + " \"" + word + "\" is not one of " + String.join(", ", words));
        }
        return code == 0 ? UNSET : code;
    }

    static ObjectNode json(QueueView queue) {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.put("name", queue.name);
        json.put("queue", queue.name);
        json.put("paused", queue.paused);
        json.put("refuses_submits", queue.refusesSubmits);
        json.put("pause_reason", queue.pauseReason);
        json.put("paused_by", queue.pausedBy);
        TaskJson.time(json, "paused_at", queue.pausedAtMs);
        json.put("note", queue.note);
        json.put("noted_by", queue.notedBy);
        TaskJson.time(json, "noted_at", queue.notedAtMs);
        json.put("ready", queue.ready[0] + queue.ready[1] + queue.ready[2]);
        json.putObject("ready_by_priority")
                .put("high", queue.ready[0])
                .put("normal", queue.ready[1])
                .put("low", queue.ready[2]);
        json.put("scheduled", queue.scheduled);
        json.put("retry_wait", queue.retryWait);
        json.put("active", queue.active);
        json.put("dead", queue.dead);
        json.put("submitted", queue.submitted);
        json.put("completed", queue.completed);
        json.put("died", queue.died);
        json.put("waiting_workers", queue.waiters);
        json.put("oldest_ready_age_seconds", queue.oldestReadyAgeMs / 1e3);
        policy(json.putObject("policy"), queue.policy);
        return json;
    }

    private static void policy(ObjectNode json, QueuePolicyFields policy) {
        for (PolicyField field : PolicyField.values()) {
            long value = policy.get(field);
            String name = field.jsonName();
            switch (field.kind()) {
                case FACTOR -> json.put(name, value / (double) THOUSANDTHS);
                case WORD -> json.put(name, value == UNSET ? "" : field.words().get((int) value));
                case FLAG -> json.put(name, value == 1);
                default -> json.put(name, value);
            }
        }
    }

    static BrokerCall snapshot(ApiRequest request) throws Refusal {
        request.json().allow(List.of());
        return new BrokerCall((out, id) -> Snapshot.write(out, id), reply -> {
            ObjectNode json = JsonBody.JSON.createObjectNode();
            json.put("records", new Counted().wrap(reply, 0).count());
            return Answer.json(200, json);
        });
    }
}
