package io.telpher.broker.partition;

import io.telpher.broker.core.state.Fingerprint;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.DlqGroup;
import io.telpher.protocol.DlqGroupList;
import io.telpher.protocol.FrameWriter;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts dead tasks by type and by what their errors look like. */
final class DeadLetterGroups {
    /** More kinds of errors than anybody reads; what comes beyond is counted together. */
    private static final int GROUPS_MAX = 10_000;

    private static final String OTHERS = "(other errors)";

    private record Key(String type, String fingerprint) {}

    private static final class Group {
        private long count;
        private long firstMs = Long.MAX_VALUE;
        private long lastMs;
        private long exampleId;

        void add(TaskCursor task) {
            count++;
            firstMs = Math.min(firstMs, task.finishedAtMs());
            lastMs = Math.max(lastMs, task.finishedAtMs());
            exampleId = task.taskId();
        }

        long count() {
            return count;
        }
    }

    private final Map<Key, Group> groups = new LinkedHashMap<>();

    void add(TaskCursor task, String error) {
        Key key = new Key(task.type(), Fingerprint.of(error));
        if (groups.size() >= GROUPS_MAX && !groups.containsKey(key)) {
            key = new Key(task.type(), OTHERS);
        }
        groups.computeIfAbsent(key, made -> new Group()).add(task);
    }

    /** DLQ_GROUP_LIST, the largest first. */
    FrameWriter write(FrameWriter out, int requestId, int limit) {
        List<Map.Entry<Key, Group>> largest = groups.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(
                        Comparator.comparingLong(Group::count).reversed()))
                .limit(limit)
                .toList();
        DlqGroupList.begin(out, requestId, largest.size());
        for (Map.Entry<Key, Group> each : largest) {
            Group group = each.getValue();
            DlqGroup.begin(out, group.count, group.firstMs, group.lastMs, group.exampleId)
                    .var(each.getKey().type())
                    .var(each.getKey().fingerprint())
                    .end();
        }
        return out.endVar().end();
    }
}
