package io.telpher.broker.core.command.deadletter;

import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.table.Invariant;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqReplay;
import org.agrona.collections.LongArrayList;
import org.jspecify.annotations.Nullable;

/** The dead tasks that a replay or a discard means: those of its ids that are dead, else those its filter finds, in the order they died. */
public final class DeadSelection {
    private final PartitionState state;
    private final CommandReplies replies;
    private final TaskCursor task;
    private final LongArrayList selected = new LongArrayList();

    public DeadSelection(PartitionState state, CommandReplies replies) {
        this.state = state;
        this.replies = replies;
        this.task = state.newCursor();
    }

    int count() {
        return selected.size();
    }

    TaskCursor task(int i) {
        Invariant.check(task.moveTo(selected.getLong(i)), "a dead task that is not there");
        return task;
    }

    /** False: refused. What an error says, ages and what takes a while are for the shell to resolve: the core reads no texts and starts nothing by itself. */
    boolean select(CommandRequest request, DlqReplay.Options options, DlqFilter filter, long[] ids) {
        selected.clear();
        boolean byAge = filter.diedAfterMs() != 0 || filter.diedBeforeMs() != 0;
        if (!filter.error().isEmpty() || byAge || options.ratePerSecond() != 0 || options.canary() != 0) {
            replies.rejected(
                    request,
                    ErrorCode.BAD_REQUEST,
                    "a filter by error or age, a rate and a canary have to be resolved to ids first");
            return false;
        }
        int limit = options.limit() == 0 ? Integer.MAX_VALUE : options.limit();
        return ids.length > 0 ? selectIds(request, ids, limit) : selectMatching(request, filter, limit);
    }

    private boolean selectIds(CommandRequest request, long[] ids, int limit) {
        for (long id : ids) {
            boolean there = task.find(id);
            if (!there && ids.length == 1) {
                replies.missing(request, id);
                return false;
            }
            if (there
                    && task.state() == TaskState.DEAD
                    && selected.size() < limit
                    && !selected.containsLong(task.sequence())) {
                selected.addLong(task.sequence());
            }
        }
        return true;
    }

    private boolean selectMatching(CommandRequest request, DlqFilter filter, int limit) {
        TaskQueue queue = filter.queue().isEmpty() ? null : state.queues().find(filter.queue());
        if (queue == null && !filter.queue().isEmpty()) {
            replies.queueMissing(request, filter.queue());
            return false;
        }
        selectFrom(queue, filter.taskType(), limit);
        return true;
    }

    private void selectFrom(@Nullable TaskQueue queue, String type, int limit) {
        state.whileDeadPassAfter(queue, 0, sequence -> {
            if (task.moveTo(sequence) && (type.isEmpty() || task.type().equals(type))) {
                selected.addLong(sequence);
            }
            return selected.size() < limit;
        });
    }
}
