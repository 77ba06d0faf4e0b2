package io.telpher.broker.core.command.lease;

import io.telpher.broker.core.command.BatchOutcome;
import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.command.HeldTasks;
import io.telpher.broker.core.command.task.SubmitBatchHandler;
import io.telpher.broker.core.command.task.SubmitPlan;
import io.telpher.broker.core.state.Lifecycle;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.lease.Ack;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * ACK: the task is completed, and its follow-up tasks are there, or neither. Counts as long as the task was not leased again, even
 * when the lease is over; a repeated ACK is answered like the first and changes nothing.
 */
public final class AckHandler implements CommandHandler {
    private final Ack message = new Ack();
    private final HeldTasks held;
    private final Lifecycle lifecycle;
    private final SubmitPlan plan;
    private final Grants grants;
    private final CommandReplies replies;
    private final BatchOutcome again = new BatchOutcome(Limits.FOLLOW_UPS_MAX);

    public AckHandler(HeldTasks held, Lifecycle lifecycle, SubmitPlan plan, Grants grants, CommandReplies replies) {
        this.held = held;
        this.lifecycle = lifecycle;
        this.plan = plan;
        this.grants = grants;
        this.replies = replies;
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        if (!held.find(request, message.taskId())) {
            return;
        }
        TaskCursor task = held.task();
        TaskState now = task.state();
        if (task.leaseId() == 0 || task.leaseId() != message.leaseId()) {
            held.stale(request, message.leaseId());
        } else if (now == TaskState.COMPLETED) {
            again.again(task.followUps());
            replies.taskChanged(request, task, again);
        } else if (now.isFinal() && now != TaskState.DEAD) {
            replies.rejected(
                    request,
                    ErrorCode.TASK_FINAL,
                    "task " + TaskId.format(task.taskId()) + " is " + now.word() + " already");
        } else {
            complete(request, task);
        }
    }

    private void complete(CommandRequest request, TaskCursor task) {
        plan.begin(request.session());
        if (task.state() != TaskState.DEAD) {
            plan.frees(task.taskQueue());
        }
        Problem problem = addFollowUps();
        if (problem != null) {
            replies.rejected(request, problem);
            return;
        }
        lifecycle.complete(task, message.hasResult() ? request.location() : TaskCursor.NO_FRAME, message.frameBytes());
        BatchOutcome followUps = plan.commit(request);
        if (followUps.count() > 0) {
            lifecycle.followUps(task, followUps.taskIds());
        }
        replies.taskChanged(request, task, followUps);
        replies.handOvers(request, followUps);
        replies.finishedIfFinal(task);
        grants.run();
    }

    private @Nullable Problem addFollowUps() {
        Problem problem = SubmitBatchHandler.addAll(plan, message.followUps());
        return problem == null ? null : new Problem(problem.code(), "follow-up " + problem.message());
    }

    /** Why this partition would refuse the follow-up tasks now; null when it would not. */
    public @Nullable Problem problem(ByteBuffer frames, int offset, long maker) {
        message.wrap(frames, offset);
        plan.beginInNameOf(maker);
        return addFollowUps();
    }
}
