package io.telpher.broker.core.command;

import io.telpher.broker.core.state.HandOvers;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.state.TaskQueue;
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

    void rejected(CommandRequest request, ErrorCode code, String message) {
        outbox.rejected(request.session(), request.id(), code, message);
    }

    /** A replay refuses the same again; the text would not be read, so it is not built. */
    private void rejected(CommandRequest request, ErrorCode code, Supplier<String> message) {
        if (outbox != Outbox.DISCARD) {
            rejected(request, code, message.get());
        }
    }

    void rejected(CommandRequest request, Problem problem) {
        rejected(request, problem.code(), problem.message());
    }

    void missing(CommandRequest request, long taskId) {
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

    void queueMissing(CommandRequest request, String queue) {
        rejected(request, ErrorCode.QUEUE_NOT_FOUND, "there is no queue \"" + queue + "\"");
    }

    void submitted(CommandRequest request, TaskCursor task, boolean duplicate) {
        outbox.submitted(request.session(), request.id(), task, duplicate);
    }

    void batchSubmitted(CommandRequest request, BatchOutcome outcome) {
        outbox.batchSubmitted(request.session(), request.id(), outcome);
    }

    void deliveries(long session, int requestId, Grants grants) {
        outbox.deliveries(session, requestId, grants);
    }

    void taskChanged(CommandRequest request, TaskCursor task) {
        outbox.taskChanged(request.session(), request.id(), task, BatchOutcome.EMPTY);
    }

    void taskChanged(CommandRequest request, TaskCursor task, BatchOutcome followUps) {
        outbox.taskChanged(request.session(), request.id(), task, followUps);
    }

    void queueChanged(CommandRequest request, TaskQueue queue) {
        outbox.queueChanged(request.session(), request.id(), new QueueCursor(state, queue));
    }

    /** Tells of the hand-overs that this request's tasks go with. */
    void handOvers(CommandRequest request, BatchOutcome outcome) {
        if (outcome.isWhole()) {
            return;
        }
        for (HandOvers.Owed owed : state.handOvers().owedLastFor(request.location())) {
            outbox.handOver(owed.number(), owed.target(), owed.maker(), request.frames(), request.offset());
        }
    }

    void taken(int source, long number, BatchOutcome tasks) {
        outbox.taken(source, number, tasks);
    }

    void counted(CommandRequest request, long count) {
        outbox.counted(request.session(), request.id(), count);
    }

    /** To the worker that runs the task, when it is connected. */
    void pushCancelRequested(TaskCursor task) {
        if (task.session() != 0) {
            outbox.cancelRequested(task.session(), task.taskId(), task.leaseId());
        }
    }

    /** Tells those who wait for the task's end, when this is it. */
    void finishedIfFinal(TaskCursor task) {
        if (task.state().isFinal()) {
            outbox.finished(task);
        }
    }
}
