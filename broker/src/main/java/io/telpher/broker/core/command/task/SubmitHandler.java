package io.telpher.broker.core.command.task;

import io.telpher.broker.core.command.BatchOutcome;
import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.table.Invariant;
import io.telpher.protocol.Problem;

/** SUBMIT: one new task, or the one that its key already stands for. */
public final class SubmitHandler implements CommandHandler {
    private final SubmitPlan plan;
    private final TaskCursor task;
    private final Grants grants;
    private final CommandReplies replies;

    public SubmitHandler(PartitionState state, SubmitPlan plan, Grants grants, CommandReplies replies) {
        this.plan = plan;
        this.task = state.newCursor();
        this.grants = grants;
        this.replies = replies;
    }

    @Override
    public void apply(CommandRequest request) {
        plan.begin(request.session());
        Problem problem = plan.add(request.frames(), request.offset());
        if (problem != null) {
            replies.rejected(request, problem);
            return;
        }
        BatchOutcome outcome = plan.commit(request);
        Invariant.check(task.find(outcome.taskId(0)), "a submitted task that is not there");
        replies.submitted(request, task, outcome.duplicate(0));
        grants.run();
    }
}
