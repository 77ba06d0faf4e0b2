package io.telpher.broker.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.protocol.Frames;
import io.telpher.protocol.ListTasks;
import io.telpher.protocol.Task;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskStatus;
import io.telpher.protocol.Tasks;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Tasks page by page: {@code GET /api/v1/tasks}. */
final class ListRoutes {
    private static final int LIST_DEFAULT = 100;

    private ListRoutes() {}

    static Call list(Request request) throws Refusal {
        long after = TaskJson.id(request.parameter("after", "t-0"));
        int limit = request.number("limit", LIST_DEFAULT);
        int mask = mask(request.parameter("status", ""), request.parameter("state", ""));
        String queue = request.parameter("queue", "");
        String type = request.parameter("type", "");
        return new Call(
                (out, id) -> ListTasks.write(out, id, after, limit, mask, queue, type), frame -> page(frame, false));
    }

    /** Either five stable words, or the states themselves, some of them. */
    private static int mask(String status, String states) throws Refusal {
        int mask = 0;
        if (!states.isEmpty()) {
            if (!status.isEmpty()) {
                throw Refusal.bad("status and state are two ways to say the same; give one");
            }
            for (String word : states.split(",", -1)) {
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
        throw Refusal.bad("\"" + word + "\" is no state; there are "
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
        ObjectNode json = Fields.JSON.createObjectNode();
        var tasks = json.putArray("tasks");
        Frames frames = reply.tasks();
        Task task = new Task();
        while (frames.next()) {
            tasks.add(TaskJson.json(task.wrap(frames.buffer(), frames.offset()).view(), withPayload));
        }
        if (reply.nextAfter() == 0) {
            json.putNull("next");
        } else {
            json.put("next", TaskId.format(reply.nextAfter()));
        }
        return Answer.json(200, json);
    }
}
