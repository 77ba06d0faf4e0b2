package io.telpher.broker.http.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.http.call.BrokerCall;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.JsonBody;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.json.TaskJson;
import io.telpher.broker.http.live.EventFilter;
import io.telpher.broker.http.request.ApiRequest;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.admin.DrainWorker;
import io.telpher.protocol.admin.Stats;
import io.telpher.protocol.admin.WorkerList;
import io.telpher.protocol.admin.WorkerView;
import io.telpher.protocol.admin.Workers;
import io.telpher.protocol.frame.Elements;
import io.telpher.protocol.frame.Frames;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;

/** Routes for those who watch: {@code /api/v1/events}, {@code /series}, {@code /workers}, {@code /broker}. */
final class LiveRoutes {
    private static final int LIST_DEFAULT = 100;

    private LiveRoutes() {}

    static BrokerCall events(ApiRequest request) throws Refusal {
        return BrokerCall.stream(EventFilter.of(request));
    }

    static BrokerCall series(ApiRequest request) throws Refusal {
        String queue = request.parameter("queue", "");
        if (!queue.isEmpty() && !QueueName.isValid(queue)) {
            throw Refusal.bad("queue \"" + queue + "\" is not 1-128 of [A-Za-z0-9._-]");
        }
        return BrokerCall.local(options -> Answer.json(200, options.feed().lastHour(queue.isEmpty() ? null : queue)));
    }

    static BrokerCall workers(ApiRequest request) throws Refusal {
        int limit = request.number("limit", LIST_DEFAULT);
        return new BrokerCall((out, id) -> Workers.write(out, id, limit), LiveRoutes::workers);
    }

    private static Answer workers(ByteBuffer frame) {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        var workers = json.putArray("workers");
        Frames frames = new WorkerList().wrap(frame, 0).workers();
        WorkerView worker = new WorkerView();
        while (frames.next()) {
            worker.wrap(frames.buffer(), frames.offset());
            workers.add(json(worker));
        }
        return Answer.json(200, json);
    }

    private static ObjectNode json(WorkerView worker) {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.put("session", WorkerView.formatSession(worker.sessionId()));
        json.put("worker", worker.worker());
        json.put("client", worker.clientName());
        json.put("version", worker.version());
        json.put("host", worker.host());
        ArrayNode queues = json.putArray("queues");
        Elements names = worker.queues();
        while (names.next()) {
            queues.add(names.text());
        }
        json.put("address", worker.address().substring(worker.address().lastIndexOf('/') + 1));
        TaskJson.time(json, "connected_at", worker.connectedAtMs());
        TaskJson.time(json, "last_seen_at", worker.lastSeenMs());
        json.put("running", worker.leases());
        json.put("waiting", worker.waitingReserves());
        json.put("draining", worker.draining());
        return json;
    }

    /** One worker takes no more tasks and leaves when its own are done. */
    static BrokerCall drain(ApiRequest request) throws Refusal {
        return drain(request, false);
    }

    static BrokerCall resume(ApiRequest request) throws Refusal {
        return drain(request, true);
    }

    private static BrokerCall drain(ApiRequest request, boolean undo) throws Refusal {
        request.json().allow(List.of());
        long session = session(request.path().get(3));
        return new BrokerCall(
                (out, id) -> DrainWorker.write(out, id, session, undo),
                frame -> Answer.json(200, json(new WorkerView().wrap(frame, 0))));
    }

    private static long session(String text) throws Refusal {
        try {
            return WorkerView.parseSession(text);
        } catch (IllegalArgumentException e) {
            throw Refusal.bad(String.valueOf(e.getMessage()));
        }
    }

    /** The numbers are of this moment, as those of {@code /queues} are. */
    static BrokerCall broker(ApiRequest request) {
        return new BrokerCall((out, id) -> Stats.write(out, id), frame -> Answer.NONE, frame -> {
            ObjectNode stats = stats(new BrokerStats().wrap(frame, 0));
            return BrokerCall.local(options -> Answer.json(200, options.facts().json(stats)));
        });
    }

    /** By the names that {@code tq stats} has for them. */
    private static ObjectNode stats(BrokerStats stats) {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        for (BrokerStats.Field field : BrokerStats.Field.values()) {
            json.put(field.name().toLowerCase(Locale.ROOT), stats.get(field));
        }
        return json;
    }
}
