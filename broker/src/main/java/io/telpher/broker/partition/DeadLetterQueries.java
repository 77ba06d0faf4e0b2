package io.telpher.broker.partition;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.journal.Batch;
import io.telpher.protocol.Counted;
import io.telpher.protocol.DlqDiscard;
import io.telpher.protocol.DlqFilter;
import io.telpher.protocol.DlqGroup;
import io.telpher.protocol.DlqGroupList;
import io.telpher.protocol.DlqGroups;
import io.telpher.protocol.DlqReplay;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Frame;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.Limits;
import io.telpher.protocol.MessageType;
import io.telpher.protocol.Problem;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Looks into dead letters by what their errors say. The texts are in the journal, out of the core's reach, so a replay or discard that
 * filters by them is first turned into one with task ids, and that one is journaled.
 */
final class DeadLetterQueries {
    private static final int PAGE = 1_000;

    /** Numbers, ids and hex are what differs between two errors of the same kind. */
    private static final Pattern VARYING = Pattern.compile("\\b(?=[0-9a-fA-F-]*\\d)[0-9a-fA-F-]+\\b|\\d+");

    private record Resolved(Session session, FrameWriter command) {}

    private final Partition partition;
    private final TaskReader reader;
    private final Replies replies;
    private final List<Resolved> resolved = new ArrayList<>();

    DeadLetterQueries(Partition partition, TaskReader reader, Replies replies) {
        this.partition = partition;
        this.reader = reader;
        this.replies = replies;
    }

    boolean resolvesFirst(MessageType type, ByteBuffer buffer, int offset) {
        return switch (type) {
            case DLQ_REPLAY -> {
                DlqReplay replay = new DlqReplay().wrap(buffer, offset);
                yield resolvesFirst(replay.options(), replay.filter());
            }
            case DLQ_DISCARD -> {
                DlqDiscard discard = new DlqDiscard().wrap(buffer, offset);
                yield resolvesFirst(discard.options(), discard.filter());
            }
            default -> false;
        };
    }

    private static boolean resolvesFirst(DlqReplay.Options options, DlqFilter filter) {
        return options.dryRun()
                || options.ratePerSecond() > 0
                || !filter.errorContains().isEmpty();
    }

    void resolve(Session session, MessageType type, ByteBuffer frame) {
        boolean isReplay = type == MessageType.DLQ_REPLAY;
        DlqReplay.Options options = isReplay
                ? new DlqReplay().wrap(frame, 0).options()
                : new DlqDiscard().wrap(frame, 0).options();
        DlqFilter filter = isReplay
                ? new DlqReplay().wrap(frame, 0).filter()
                : new DlqDiscard().wrap(frame, 0).filter();
        int requestId = Frame.requestId(frame, 0);
        if (options.ratePerSecond() > 0) {
            replies.refuse(
                    session,
                    requestId,
                    new Problem(ErrorCode.BAD_REQUEST, "a rate is not kept by the broker; replay in steps with limit"));
            return;
        }
        long[] ids = matching(filter, options);
        if (options.dryRun() || ids.length == 0) {
            replies.send(session, Counted.write(replies.begin(), requestId, ids.length));
            return;
        }
        FrameWriter command = new FrameWriter();
        if (isReplay) {
            DlqReplay.write(command, requestId, DlqReplay.Options.ALL, DlqFilter.ANY, ids, ByteBuffer.allocate(0));
        } else {
            DlqDiscard.write(command, requestId, DlqReplay.Options.ALL, DlqFilter.ANY, ids);
        }
        resolved.add(new Resolved(session, command));
    }

    void resolved(Batch batch, long nowMs) {
        for (Resolved each : resolved) {
            batch.add(nowMs, each.session().id(), each.command().written(), true);
        }
        resolved.clear();
    }

    /** A dry run counts without bound; a command takes as many as one record holds, and says how many. */
    private long[] matching(DlqFilter filter, DlqReplay.Options options) {
        int limit = options.limit() == 0 ? Integer.MAX_VALUE : options.limit();
        limit = options.dryRun() ? limit : Math.min(limit, Limits.BATCH_TASKS_MAX);
        List<Long> ids = new ArrayList<>();
        int wanted = limit;
        page(filter, 0, wanted, task -> ids.add(task.taskId()));
        return ids.stream().mapToLong(Long::longValue).toArray();
    }

    /** @return the id to go on after, 0 at the end */
    long page(DlqFilter filter, long afterTaskId, int limit, Consumer<TaskCursor> each) {
        if (!filter.queue().isEmpty()) {
            return page(filter.queue(), filter, afterTaskId, limit, each);
        }
        // Over all queues: one after the other, in the order they were made.
        int start = 0;
        long after = afterTaskId;
        if (afterTaskId != 0) {
            TaskCursor last = partition.find(afterTaskId);
            String queue = last == null ? "" : last.queue();
            while (start < partition.queueCount()
                    && !partition.queue(start).name().equals(queue)) {
                start++;
            }
        }
        int[] left = {limit};
        for (int i = start; i < partition.queueCount() && left[0] > 0; i++) {
            long next = page(partition.queue(i).name(), filter, after, left[0], task -> {
                left[0]--;
                each.accept(task);
            });
            if (next != 0) {
                return next;
            }
            after = 0;
        }
        return 0;
    }

    private long page(String queue, DlqFilter filter, long afterTaskId, int limit, Consumer<TaskCursor> each) {
        int[] shown = {0};
        int[] seen = {0};
        long[] last = {afterTaskId};
        do {
            seen[0] = 0;
            partition.deadLetters(queue, last[0], PAGE, task -> {
                seen[0]++;
                if (shown[0] < limit) {
                    last[0] = task.taskId();
                    if (matches(filter, task)) {
                        shown[0]++;
                        each.accept(task);
                    }
                }
            });
        } while (seen[0] == PAGE && shown[0] < limit);
        return shown[0] == limit ? last[0] : 0;
    }

    private boolean matches(DlqFilter filter, TaskCursor task) {
        return (filter.taskType().isEmpty() || filter.taskType().equals(task.type()))
                && (filter.errorContains().isEmpty() || reader.lastError(task).contains(filter.errorContains()));
    }

    void groups(Session session, ByteBuffer frame) {
        DlqGroups query = new DlqGroups().wrap(frame, 0);
        Map<String, Group> groups = new LinkedHashMap<>();
        page(query.queue(), DlqFilter.ANY, 0, Integer.MAX_VALUE, task -> {
            String fingerprint = fingerprint(reader.lastError(task));
            groups.computeIfAbsent(task.type() + " " + fingerprint, key -> new Group(task.type(), fingerprint))
                    .add(task);
        });
        List<Group> largest = groups.values().stream()
                .sorted(Comparator.comparingLong((Group group) -> -group.count))
                .limit(query.limit())
                .toList();
        FrameWriter out = replies.begin();
        DlqGroupList.begin(out, query.requestId(), largest.size());
        for (Group group : largest) {
            DlqGroup.begin(out, group.count, group.firstMs, group.lastMs, group.exampleId)
                    .var(group.type)
                    .var(group.fingerprint)
                    .end();
        }
        replies.send(session, out.endVar().end());
    }

    static String fingerprint(String error) {
        String firstLine = error.lines().findFirst().orElse("");
        return VARYING.matcher(firstLine).replaceAll("#");
    }

    private static final class Group {
        private final String type;
        private final String fingerprint;
        private long count;
        private long firstMs = Long.MAX_VALUE;
        private long lastMs;
        private long exampleId;

        Group(String type, String fingerprint) {
            this.type = type;
            this.fingerprint = fingerprint;
        }

        void add(TaskCursor task) {
            count++;
            firstMs = Math.min(firstMs, task.finishedAtMs());
            lastMs = Math.max(lastMs, task.finishedAtMs());
            exampleId = task.taskId();
        }
    }
}
