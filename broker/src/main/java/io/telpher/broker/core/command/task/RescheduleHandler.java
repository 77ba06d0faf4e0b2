package io.telpher.broker.core.command.task;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.Rescheduling;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.task.Reschedule;
import org.agrona.collections.LongArrayList;
import org.agrona.collections.LongHashSet;
import org.jspecify.annotations.Nullable;

/**
 * RESCHEDULE: tasks that wait get another priority, or another time to run. Those that were ready go to the end of their lane. A lane is walked for it, once
 * for all that the command takes out of it.
 */
public final class RescheduleHandler implements CommandHandler {
    private final Reschedule message = new Reschedule();
    private final Rescheduling rescheduling;
    private final Grants grants;
    private final CommandReplies replies;
    private final TaskCursor task;
    private final LongArrayList meant = new LongArrayList();
    private final LongHashSet leaving = new LongHashSet();
    private final LongHashSet left = new LongHashSet();

    public RescheduleHandler(PartitionState state, Grants grants, CommandReplies replies) {
        this.rescheduling = new Rescheduling(state);
        this.grants = grants;
        this.replies = replies;
        this.task = state.newCursor();
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        Reschedule.Change change = message.change();
        long[] ids = message.taskIds();
        meant.clear();
        leaving.clear();
        left.clear();
        if (rescheduling.isTooLate(change)) {
            replies.rejected(request, new Problem(ErrorCode.BAD_REQUEST, "run_at lies more than a year ahead"));
            return;
        }
        for (long id : ids) {
            boolean isThere = task.find(id);
            if (!isThere && ids.length == 1) {
                replies.missing(request, id);
                return;
            }
            Problem problem = isThere ? problem(change) : null;
            if (problem != null && ids.length == 1) {
                replies.rejected(request, problem);
                return;
            }
            if (isThere && problem == null && !meant.containsLong(task.sequence())) {
                meant.addLong(task.sequence());
                if (rescheduling.leavesLane(task, change)) {
                    leaving.add(task.sequence());
                }
            }
        }
        changeAll(change);
        replies.counted(request, meant.size());
        grants.run();
    }

    private @Nullable Problem problem(Reschedule.Change change) {
        String name = "task " + TaskId.format(task.taskId());
        if (task.state().isFinal()) {
            return new Problem(
                    ErrorCode.TASK_FINAL, name + " is " + task.state().word() + " already");
        }
        if (!task.state().isPending()) {
            return new Problem(ErrorCode.BAD_REQUEST, name + " is running; only a task that waits can be changed");
        }
        return change.moves() && rescheduling.wouldExpireBefore(task, change)
                ? new Problem(
                        ErrorCode.BAD_REQUEST,
                        name + " expires before it would run; submit it anew with a later expires_at")
                : null;
    }

    private void changeAll(Reschedule.Change change) {
        for (int i = 0; i < meant.size(); i++) {
            task.moveTo(meant.getLong(i));
            if (leaving.contains(task.sequence()) && !left.contains(task.sequence())) {
                rescheduling.leaveLane(task, leaving, left);
            }
            rescheduling.reschedule(task, change);
            grants.mark(task.taskQueue());
        }
    }
}
