package io.telpher.broker.core.command.queue;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.state.Lifecycle;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.queue.PurgeQueue;

/** PURGE_QUEUE: cancels pending tasks, the oldest first. Walks all tasks of a range of ids, which splits it. */
public final class PurgeQueueHandler implements CommandHandler {
    private final PurgeQueue message = new PurgeQueue();
    private final PartitionState state;
    private final Lifecycle lifecycle;
    private final CommandReplies replies;
    private final TaskCursor task;

    public PurgeQueueHandler(PartitionState state, Lifecycle lifecycle, CommandReplies replies) {
        this.state = state;
        this.lifecycle = lifecycle;
        this.replies = replies;
        this.task = state.newCursor();
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        TaskQueue queue = state.queues().find(message.queue());
        if (queue == null) {
            replies.queueMissing(request, message.queue());
            return;
        }
        long limit = message.limit() == 0 ? Long.MAX_VALUE : message.limit();
        replies.counted(request, purge(queue, Math.min(limit, queue.pendingTasks())));
    }

    private long purge(TaskQueue queue, long wanted) {
        long count = 0;
        long last = message.upToTaskId() == 0 ? state.lastSequence() : TaskId.sequence(message.upToTaskId());
        last = Math.min(last, state.lastSequence());
        for (long sequence = state.nextPresent(TaskId.sequence(message.afterTaskId()));
                count < wanted && sequence <= last;
                sequence = state.nextPresent(sequence)) {
            if (task.moveTo(sequence)
                    && task.taskQueue() == queue
                    && task.state().isPending()) {
                lifecycle.cancel(task);
                replies.finishedIfFinal(task);
                count++;
            }
        }
        return count;
    }
}
