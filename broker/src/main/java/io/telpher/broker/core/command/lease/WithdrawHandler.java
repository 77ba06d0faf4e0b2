package io.telpher.broker.core.command.lease;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.queue.ReserveTerms;
import io.telpher.broker.core.queue.SessionLeases;
import io.telpher.broker.core.queue.Waiter;
import io.telpher.broker.core.state.PartitionState;

/** WITHDRAW: a reserve waits no more; it is answered with nothing. */
public final class WithdrawHandler implements CommandHandler {
    private final ReserveTerms nothing = new ReserveTerms();
    private final PartitionState state;
    private final Grants grants;
    private final CommandReplies replies;

    public WithdrawHandler(PartitionState state, Grants grants, CommandReplies replies) {
        this.state = state;
        this.grants = grants;
        this.replies = replies;
    }

    @Override
    public void apply(CommandRequest request) {
        SessionLeases session = state.sessions().find(request.session());
        Waiter waiter = session == null ? null : session.waiter(request.id());
        if (waiter == null) {
            return;
        }
        state.waiters().remove(waiter);
        grants.fill(request.session(), nothing);
        replies.deliveries(request.session(), request.id(), grants);
        state.sessions().leaveIfIdleHttp(waiter.session());
    }
}
