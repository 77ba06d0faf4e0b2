package io.telpher.broker.partition.deadletter;

import io.telpher.broker.core.state.Fingerprint;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.partition.payload.TaskReader;
import io.telpher.protocol.deadletter.DlqGroup;
import io.telpher.protocol.deadletter.DlqGroupList;
import io.telpher.protocol.frame.FrameWriter;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts dead tasks by what their errors look like, and by type where that is asked for. Of each kind one error is read, the first. */
public final class DeadLetterGroups {
    /** More kinds of errors than a person reads; what comes beyond is counted together. */
    static final int GROUPS_MAX = 10_000;

    private static final String OTHERS = "(other errors)";

    /**
     * @param type empty when types are not told apart
     * @param fingerprint its hash; of the errors that are counted together {@link #OTHERS_HASH}
     */
    private record Key(String type, long fingerprint) {}

    private static final long OTHERS_HASH = Fingerprint.hash(OTHERS);

    private static final class Group {
        private final String fingerprint;
        /** Null before the first, empty when there are several. */
        private @Nullable String type;

        private long count;
        private long firstMs = Long.MAX_VALUE;
        private long lastMs;
        private long exampleId;

        Group(String fingerprint) {
            this.fingerprint = fingerprint;
        }

        void add(TaskCursor task) {
            count++;
            type = type == null || type.equals(task.type()) ? task.type() : "";
            firstMs = Math.min(firstMs, task.finishedAtMs());
            lastMs = Math.max(lastMs, task.finishedAtMs());
            exampleId = task.taskId();
        }

        long count() {
            return count;
        }
    }

    private final TaskReader reader;
    private final boolean byType;
    private final Map<Key, Group> groups = new LinkedHashMap<>();

    /** @param byType whether those of each type are counted apart */
    public DeadLetterGroups(TaskReader reader, boolean byType) {
        this.reader = reader;
        this.byType = byType;
    }

    /** Returns how much was read for it. */
    public int add(TaskCursor task) {
        Key key = new Key(byType ? task.type() : "", task.errorFingerprint());
        Group group = groups.get(key);
        int read = 0;
        if (group == null && groups.size() < GROUPS_MAX) {
            String error = reader.lastError(task);
            read = error.length();
            group = new Group(Fingerprint.of(error));
            groups.put(key, group);
        } else if (group == null) {
            group = groups.computeIfAbsent(new Key("", OTHERS_HASH), made -> new Group(OTHERS));
        }
        group.add(task);
        return read;
    }

    /** DLQ_GROUP_LIST, the largest first. */
    public FrameWriter write(FrameWriter out, int requestId, int limit) {
        List<Map.Entry<Key, Group>> largest = groups.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(
                        Comparator.comparingLong(Group::count).reversed()))
                .limit(limit)
                .toList();
        DlqGroupList.begin(out, requestId, largest.size());
        for (Map.Entry<Key, Group> each : largest) {
            Group group = each.getValue();
            DlqGroup.begin(out, group.count, group.firstMs, group.lastMs, group.exampleId)
                    .var(group.type == null ? "" : group.type)
                    .var(group.fingerprint)
                    .end();
        }
        return out.endVar().end();
    }
}
