package io.telpher.broker.http.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.http.call.BrokerCall;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.Cursor;
import io.telpher.broker.http.json.JsonBody;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.json.TaskJson;
import io.telpher.broker.http.json.Words;
import io.telpher.broker.http.request.ApiRequest;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskStatus;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.task.ListTasks;
import io.telpher.protocol.task.Task;
import io.telpher.protocol.task.Tasks;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Tasks page by page: {@code GET /api/v1/tasks}. */
final class ListRoutes {
    private static final int LIST_DEFAULT = 100;

    /** Each is about half a second of the broker's time, in turns with others. */
    private static final int LOOKS_MAX = 100;

    /** Of a page, about. */
    private static final int BYTES_MAX = 1 << 20;

    private ListRoutes() {}

    static BrokerCall list(ApiRequest request) throws Refusal {
        long after = TaskJson.id(request.parameter("after", "t-0"));
        int limit = request.number("limit", LIST_DEFAULT);
        int mask = mask(request.parameter("status", ""), request.parameter("state", ""));
        Search search = new Search(mask, request.parameter("queue", ""), request.parameter("type", ""));
        return search.from(after, limit, 1);
    }

    /** Looks on where the broker, which looks at a bounded number of tasks at a time, found fewer than are wanted. */
    private static final class Search {
        private final int mask;
        private final String queue;
        private final String type;
        private final ArrayNode found = JsonBody.JSON.createArrayNode();
        private long bytes;

        Search(int mask, String queue, String type) {
            this.mask = mask;
            this.queue = queue;
            this.type = type;
        }

        /** @param look which one this is, counted from 1 */
        BrokerCall from(long after, int limit, int look) {
            return new BrokerCall(
                    (out, id) -> ListTasks.write(out, id, after, limit, mask, queue, type), this::shown, reply -> {
                        Tasks page = new Tasks().wrap(reply, 0);
                        addAll(found, page, false);
                        bytes += reply.remaining();
                        int left = limit - page.count();
                        boolean isEnough = left <= 0 || page.nextAfter() == 0 || look == LOOKS_MAX || bytes > BYTES_MAX;
                        return isEnough ? null : from(page.nextAfter(), left, look + 1);
                    });
        }

        private Answer shown(ByteBuffer last) {
            return answer(found, new Tasks().wrap(last, 0));
        }
    }

    /** Either five stable words, or the states themselves, some of them. */
    private static int mask(String status, String states) throws Refusal {
        int mask = 0;
        if (!states.isEmpty()) {
            if (!status.isEmpty()) {
                throw Refusal.bad("status and state are two ways to say the same; give one");
            }
            for (String word : Words.split(states, ',')) {
                mask |= state(word).mask();
            }
        } else if (!status.isEmpty()) {
            TaskStatus wanted = status(status);
            for (TaskState state : TaskState.values()) {
                mask |= state != TaskState.NONE && state.status() == wanted ? state.mask() : 0;
            }
        }
        return mask;
    }

    private static TaskState state(String word) throws Refusal {
        for (TaskState state : TaskState.values()) {
            if (state != TaskState.NONE && state.word().equals(word)) {
                return state;
            }
        }
        throw Refusal.bad("\"" + word + "\" is not a valid state; valid are "
                + Arrays.stream(TaskState.values())
                        .filter(state -> state != TaskState.NONE)
                        .map(TaskState::word)
                        .collect(Collectors.joining(", ")));
    }

    private static TaskStatus status(String word) throws Refusal {
        try {
            return TaskStatus.ofWord(word);
        } catch (IllegalArgumentException e) {
            throw Refusal.bad(String.valueOf(e.getMessage()));
        }
    }

    static Answer page(ByteBuffer frame, boolean withPayload) {
        Tasks reply = new Tasks().wrap(frame, 0);
        ArrayNode tasks = JsonBody.JSON.createArrayNode();
        addAll(tasks, reply, withPayload);
        return answer(tasks, reply);
    }

    static void addAll(ArrayNode to, Tasks page, boolean withPayload) {
        Frames frames = page.tasks();
        Task task = new Task();
        while (frames.next()) {
            to.add(TaskJson.json(task.wrap(frames.buffer(), frames.offset()).view(), withPayload));
        }
    }

    private static Answer answer(ArrayNode tasks, Tasks last) {
        return Answer.json(200, json(tasks, last));
    }

    static ObjectNode json(ArrayNode tasks, Tasks last) {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.set("tasks", tasks);
        json.put("next", last.nextAfter() == 0 ? null : Cursor.of(last).toString());
        return json;
    }
}
