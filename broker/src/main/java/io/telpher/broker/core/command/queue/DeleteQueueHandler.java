package io.telpher.broker.core.command.queue;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.state.Lifecycle;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.queue.DeleteQueue;

/**
 * DELETE_QUEUE: the queue is there no more, once it has no task that is pending, running or dead. With purge, pending and dead ones go first; those of a
 * range of ids only go, and the queue stays. Tasks that are done are remembered under the queue's name until their retention is over, and reserves go on
 * waiting for the name.
 */
public final class DeleteQueueHandler implements CommandHandler {
    private final DeleteQueue message = new DeleteQueue();
    private final PartitionState state;
    private final Lifecycle lifecycle;
    private final CommandReplies replies;
    private final TaskCursor task;

    public DeleteQueueHandler(PartitionState state, Lifecycle lifecycle, CommandReplies replies) {
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
        Problem problem = message.purge()
                ? state.queues().purgeProblem(queue)
                : state.queues().deleteProblem(queue);
        long count = problem == null && message.purge() ? purge(queue) : 0;
        boolean deletes = message.upToTaskId() == 0;
        Problem left = problem == null && deletes ? state.queues().deleteProblem(queue) : problem;
        if (left != null) {
            replies.rejected(request, left);
            return;
        }
        if (deletes) {
            state.queues().delete(queue, state.nowMs());
        }
        replies.counted(request, count);
    }

    private long purge(TaskQueue queue) {
        long count = 0;
        long last = message.upToTaskId() == 0 ? state.lastSequence() : TaskId.sequence(message.upToTaskId());
        last = Math.min(last, state.lastSequence());
        for (long sequence = state.nextPresent(TaskId.sequence(message.afterTaskId()));
                sequence <= last && queue.hasTasksToPurge();
                sequence = state.nextPresent(sequence)) {
            if (task.moveTo(sequence) && task.taskQueue() == queue && purge(task)) {
                replies.finishedIfFinal(task);
                count++;
            }
        }
        return count;
    }

    private boolean purge(TaskCursor found) {
        if (found.state().isPending()) {
            lifecycle.cancel(found);
            return true;
        }
        if (found.state() == TaskState.DEAD) {
            lifecycle.discard(found);
            return true;
        }
        return false;
    }
}
