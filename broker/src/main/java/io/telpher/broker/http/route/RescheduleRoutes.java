package io.telpher.broker.http.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.http.call.BrokerCall;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.JsonBody;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.json.TaskJson;
import io.telpher.broker.http.request.ApiRequest;
import io.telpher.protocol.session.Counted;
import io.telpher.protocol.task.Reschedule;
import java.util.List;

/** Another priority or time for tasks that wait: {@code POST /api/v1/tasks/{id}/reschedule}, and for several {@code POST /api/v1/tasks/reschedule}. */
final class RescheduleRoutes {
    private static final List<String> ONE = List.of("priority", "delay_ms", "run_at");
    private static final List<String> SEVERAL = List.of("task_ids", "priority", "delay_ms", "run_at");

    private RescheduleRoutes() {}

    static BrokerCall one(ApiRequest request) throws Refusal {
        JsonBody fields = request.json();
        fields.allow(ONE);
        return reschedule(fields, TaskJson.id(request.path().get(3)));
    }

    static BrokerCall several(ApiRequest request) throws Refusal {
        JsonBody fields = request.json();
        fields.allow(SEVERAL);
        if (!fields.has("task_ids")) {
            throw Refusal.bad("task_ids is missing: the tasks that are to run at another time or priority");
        }
        return reschedule(fields, DlqRoutes.taskIds(fields));
    }

    private static BrokerCall reschedule(JsonBody fields, long... ids) throws Refusal {
        fields.requireOneOf("delay_ms", "run_at");
        Reschedule.Change change = new Reschedule.Change(
                fields.has("priority") ? TaskJson.priority(fields.text("priority", "")) : null,
                fields.natural("delay_ms", Reschedule.KEEP),
                fields.time("run_at"));
        return new BrokerCall((out, id) -> Reschedule.write(out, id, change, ids), frame -> {
            long changed = new Counted().wrap(frame, 0).count();
            ObjectNode json = JsonBody.JSON.createObjectNode();
            return Answer.json(200, json.put("changed", changed).put("unchanged", ids.length - changed));
        });
    }
}
