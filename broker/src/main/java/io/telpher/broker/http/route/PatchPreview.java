package io.telpher.broker.http.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.http.call.BrokerCall;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.JsonBody;
import io.telpher.broker.http.json.TaskJson;
import io.telpher.broker.partition.payload.MergePatch;
import io.telpher.broker.partition.payload.PayloadJson;
import io.telpher.protocol.Limits;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqList;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.task.Get;
import io.telpher.protocol.task.Task;
import io.telpher.protocol.task.Tasks;
import java.io.IOException;

/** Preview of a merge patch on the first matching dead letters: each payload before and after. For one request. */
final class PatchPreview {
    static final int TASKS_MAX = 20;

    private final MergePatch patch;
    private final int count;
    private final ArrayNode tasks = JsonBody.JSON.createArrayNode();

    PatchPreview(MergePatch patch, int count) {
        this.patch = patch;
        this.count = count;
    }

    ArrayNode tasks() {
        return tasks;
    }

    /** Looks at them first, then goes on. */
    BrokerCall before(BrokerCall next, DlqFilter filter, long[] ids) {
        if (ids.length > 0) {
            return one(next, ids, 0);
        }
        DlqList.Page page = new DlqList.Page(count, true);
        return new BrokerCall((out, id) -> DlqList.write(out, id, page, filter), frame -> Answer.NONE, frame -> {
            Frames frames = new Tasks().wrap(frame, 0).tasks();
            while (frames.next()) {
                add(new Task().wrap(frames.buffer(), frames.offset()).view());
            }
            return next;
        });
    }

    private BrokerCall one(BrokerCall next, long[] ids, int i) {
        return new BrokerCall((out, id) -> Get.write(out, id, ids[i], true), frame -> Answer.NONE, frame -> {
            add(new Task().wrap(frame, 0).view());
            return i + 1 < Math.min(ids.length, count) ? one(next, ids, i + 1) : next;
        });
    }

    private void add(TaskView task) {
        if (task.state != TaskState.DEAD) {
            return;
        }
        ObjectNode json = TaskJson.json(task, true);
        ObjectNode shown = tasks.addObject();
        shown.set("task_id", json.get("task_id"));
        for (String field : new String[] {"payload", "payload_base64"}) {
            if (json.has(field)) {
                shown.set(field, json.get(field));
            }
        }
        try {
            shown.set("patched", PayloadJson.read(patch.apply(task.payload, Limits.PAYLOAD_BYTES_CEILING)));
        } catch (MergePatch.Unpatchable e) {
            shown.put("refused", e.getMessage());
        } catch (IOException e) {
            throw new IllegalStateException("what was written can be read", e);
        }
    }
}
