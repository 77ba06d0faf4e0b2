package io.telpher.broker.core.command;

import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.state.HandOvers;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskId;
import java.util.function.Supplier;

/** The answers of handlers; goes to the outbox of the moment. */
public final class CommandReplies {
    private final PartitionState state;
    private Outbox outbox;

    public CommandReplies(PartitionState state, Outbox outbox) {
        this.state = state;
        this.outbox = outbox;
    }

    public void outbox(Outbox next) {
        outbox = next;
    }

    public void rejected(CommandRequest request, ErrorCode code, String message) {
        outbox.rejected(request.session(), request.id(), code, message);
    }

    /** A replay refuses the same again; the text would not be read, so it is not built. */
    private void rejected(CommandRequest request, ErrorCode code, Supplier<String> message) {
        if (outbox != Outbox.DISCARD) {
            rejected(request, code, message.get());
        }
    }

    public void rejected(CommandRequest request, Problem problem) {
        rejected(request, problem.code(), problem.message());
    }

    public void missing(CommandRequest request, long taskId) {
        if (state.wasGiven(taskId)) {
            rejected(
                    request,
                    ErrorCode.TASK_PURGED,
                    () -> "task " + TaskId.format(taskId) + " is final and its retention is over");
        } else {
            rejected(request, ErrorCode.TASK_NOT_FOUND, () -> "there is no task " + TaskId.format(taskId));
        }
    }

    void stale(CommandRequest request, TaskCursor task, long leaseId) {
        rejected(
                request,
                ErrorCode.STALE_LEASE,
                () -> "lease " + leaseId + " of task " + TaskId.format(task.taskId())
                        + " does not count any more; the task is "
                        + task.state().word());
    }

    public void queueMissing(CommandRequest request, String queue) {
        rejected(request, ErrorCode.QUEUE_NOT_FOUND, "there is no queue \"" + queue + "\"");
    }

    public void submitted(CommandRequest request, TaskCursor task, boolean duplicate) {
        outbox.submitted(request.session(), request.id(), task, duplicate);
    }

    public void batchSubmitted(CommandRequest request, BatchOutcome outcome) {
        outbox.batchSubmitted(request.session(), request.id(), outcome);
    }

    public void deliveries(long session, int requestId, Grants grants) {
        outbox.deliveries(session, requestId, grants);
    }

    public void taskChanged(CommandRequest request, TaskCursor task) {
        outbox.taskChanged(request.session(), request.id(), task, BatchOutcome.EMPTY);
    }

    public void taskChanged(CommandRequest request, TaskCursor task, BatchOutcome followUps) {
        outbox.taskChanged(request.session(), request.id(), task, followUps);
    }

    public void queueChanged(CommandRequest request, TaskQueue queue) {
        outbox.queueChanged(request.session(), request.id(), new QueueCursor(state, queue));
    }

    /** Tells of the hand-overs that this request's tasks go with. */
    public void handOvers(CommandRequest request, BatchOutcome outcome) {
        if (outcome.isWhole()) {
            return;
        }
        for (HandOvers.Owed owed : state.handOvers().owedLastFor(request.location())) {
            outbox.handOver(owed.number(), owed.target(), owed.maker(), request.frames(), request.offset());
        }
    }

    public void taken(int source, long number, BatchOutcome tasks) {
        outbox.taken(source, number, tasks);
    }

    public void counted(CommandRequest request, long count) {
        outbox.counted(request.session(), request.id(), count);
    }

    /** To the worker that runs the task, when it is connected. */
    public void pushCancelRequested(TaskCursor task) {
        if (task.session() != 0) {
            outbox.cancelRequested(task.session(), task.taskId(), task.leaseId());
        }
    }

    /** Tells those who wait for the task's end, when this is it. */
    public void finishedIfFinal(TaskCursor task) {
        if (task.state().isFinal()) {
            outbox.finished(task);
        }
    }
}
