package io.telpher.broker.core.command.record;

import io.telpher.broker.core.command.BatchOutcome;
import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.command.task.SubmitPlan;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.record.HandOver;

/** HAND_OVER: takes the tasks of another partition's batch or acknowledgement, once. They were promised, so nothing refuses them. */
public final class HandOverHandler implements CommandHandler {
    private final HandOver message = new HandOver();
    private final PartitionState state;
    private final SubmitPlan plan;
    private final Grants grants;
    private final CommandReplies replies;

    public HandOverHandler(PartitionState state, SubmitPlan plan, Grants grants, CommandReplies replies) {
        this.state = state;
        this.plan = plan;
        this.grants = grants;
        this.replies = replies;
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        if (!state.handOvers().take(message.source(), message.number())) {
            replies.taken(message.source(), message.number(), BatchOutcome.EMPTY);
            return;
        }
        plan.beginInNameOf(message.maker());
        Frames tasks = message.tasks();
        while (tasks.next()) {
            plan.addPromised(tasks.buffer(), tasks.offset());
        }
        replies.taken(message.source(), message.number(), plan.commit(request));
        grants.run();
    }
}
