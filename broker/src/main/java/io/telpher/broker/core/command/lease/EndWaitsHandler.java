package io.telpher.broker.core.command.lease;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.queue.ReserveTerms;
import io.telpher.broker.core.queue.Waiter;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.protocol.record.EndWaits;

/** END_WAITS: reserves that wait are answered with nothing, as if their time were up. */
public final class EndWaitsHandler implements CommandHandler {
    private final EndWaits message = new EndWaits();
    private final ReserveTerms nothing = new ReserveTerms();
    private final PartitionState state;
    private final Grants grants;
    private final CommandReplies replies;

    public EndWaitsHandler(PartitionState state, Grants grants, CommandReplies replies) {
        this.state = state;
        this.grants = grants;
        this.replies = replies;
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        for (int left = message.limit(); left > 0 && state.waiters().count() > 0; left--) {
            Waiter waiter = state.waiters().first();
            state.waiters().remove(waiter);
            grants.fill(waiter.session().id(), nothing);
            replies.deliveries(waiter.session().id(), waiter.requestId(), grants);
            state.sessions().leaveIfIdleHttp(waiter.session());
        }
    }
}
