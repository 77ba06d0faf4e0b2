package io.telpher.broker.http.live;

import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.json.TaskJson;
import io.telpher.broker.http.json.Words;
import io.telpher.broker.http.request.ApiRequest;
import io.telpher.broker.partition.replica.TaskChange;
import io.telpher.protocol.QueueName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a stream of events is about.
 *
 * @param taskIds changes of these tasks
 * @param queues counts of these queues only, and changes of all their tasks; none = counts of all queues
 */
public record EventFilter(Set<Long> taskIds, Set<String> queues) {
    private static final int NAMED_MAX = 20;

    public static EventFilter of(ApiRequest request) throws Refusal {
        Set<Long> ids = new LinkedHashSet<>();
        for (String id : named(request, "task")) {
            ids.add(TaskJson.id(id));
        }
        Set<String> queues = new LinkedHashSet<>(named(request, "queue"));
        for (String queue : queues) {
            if (!QueueName.isValid(queue)) {
                throw Refusal.bad("queue \"" + queue + "\" is not 1-128 of [A-Za-z0-9._-]");
            }
        }
        return new EventFilter(ids, queues);
    }

    private static List<String> named(ApiRequest request, String parameter) throws Refusal {
        List<String> names = new ArrayList<>();
        for (String name : Words.split(request.parameter(parameter, ""), ',')) {
            if (!name.isBlank()) {
                names.add(name.trim());
            }
        }
        if (names.size() > NAMED_MAX) {
            throw Refusal.bad(parameter + " names " + names.size() + "; at most " + NAMED_MAX + " for one stream");
        }
        return names;
    }

    boolean isAboutTasks() {
        return !taskIds.isEmpty() || !queues.isEmpty();
    }

    boolean wants(TaskChange change) {
        return taskIds.contains(change.taskId()) || queues.contains(change.queue());
    }
}
