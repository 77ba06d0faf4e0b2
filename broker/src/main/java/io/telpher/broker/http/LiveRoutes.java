package io.telpher.broker.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.protocol.Frames;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.WorkerList;
import io.telpher.protocol.Workers;
import java.nio.ByteBuffer;

/** Routes for those who watch: {@code /api/v1/events}, {@code /series}, {@code /workers}, {@code /broker}. */
final class LiveRoutes {
    private static final int LIST_DEFAULT = 100;

    private LiveRoutes() {}

    static Call events(Request request) throws Refusal {
        return Call.stream(EventFilter.of(request));
    }

    static Call series(Request request) throws Refusal {
        String queue = request.parameter("queue", "");
        if (!queue.isEmpty() && !QueueName.isValid(queue)) {
            throw Refusal.bad("queue \"" + queue + "\" is not 1-128 of [A-Za-z0-9._-]");
        }
        return Call.local(options -> Answer.json(200, options.feed().lastHour(queue.isEmpty() ? null : queue)));
    }

    static Call workers(Request request) throws Refusal {
        int limit = request.number("limit", LIST_DEFAULT);
        return new Call((out, id) -> Workers.write(out, id, limit), LiveRoutes::workers);
    }

    private static Answer workers(ByteBuffer frame) {
        ObjectNode json = Fields.JSON.createObjectNode();
        var workers = json.putArray("workers");
        Frames frames = new WorkerList().wrap(frame, 0).workers();
        io.telpher.protocol.Worker worker = new io.telpher.protocol.Worker();
        while (frames.next()) {
            worker.wrap(frames.buffer(), frames.offset());
            ObjectNode each = workers.addObject();
            each.put("session", Long.toHexString(worker.sessionId()));
            each.put("worker", worker.worker());
            each.put("client", worker.clientName());
            each.put("address", worker.address().replaceFirst("^.*/", ""));
            TaskJson.time(each, "connected_at", worker.connectedAtMs());
            TaskJson.time(each, "last_seen_at", worker.lastSeenMs());
            each.put("running", worker.leases());
            each.put("waiting", worker.waitingReserves());
        }
        return Answer.json(200, json);
    }

    static Call broker(Request request) {
        return Call.local(
                options -> Answer.json(200, options.facts().json(options.feed().stats())));
    }
}
