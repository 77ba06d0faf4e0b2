package io.telpher.broker.core.command.lease;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.queue.SessionLeases;
import io.telpher.broker.core.state.Lifecycle;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.OnDisconnect;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.record.Disconnect;

/** DISCONNECT: what the session waited for is off; what it held waits for its worker to come back, or is free at once, or kept, as its queue says. */
public final class DisconnectHandler implements CommandHandler {
    private final Disconnect message = new Disconnect();
    private final PartitionState state;
    private final Lifecycle lifecycle;
    private final Grants grants;
    private final CommandReplies replies;
    private final TaskCursor task;

    public DisconnectHandler(PartitionState state, Lifecycle lifecycle, Grants grants, CommandReplies replies) {
        this.state = state;
        this.lifecycle = lifecycle;
        this.grants = grants;
        this.replies = replies;
        this.task = state.newCursor();
    }

    @Override
    public void apply(CommandRequest request) {
        SessionLeases session = state.sessions().find(request.session());
        if (session == null) {
            return;
        }
        while (session.firstWaiter() != null) {
            state.waiters().remove(session.firstWaiter());
        }
        message.wrap(request.frames(), request.offset());
        int left = message.leasesMax() == 0 ? Integer.MAX_VALUE : message.leasesMax();
        while (left > 0 && task.moveToFirstLeased(session)) {
            loseConnection();
            left--;
        }
        if (session.leaseCount() == 0) {
            state.sessions().leave(session);
        }
        grants.run();
    }

    private void loseConnection() {
        QueuePolicyFields policy = task.taskQueue().policy();
        if (policy.onDisconnect() == OnDisconnect.KEEP) {
            lifecycle.keepWithoutConnection(task);
        } else if (policy.disconnectGraceMs() > 0) {
            lifecycle.waitForWorker(task, policy.disconnectGraceMs());
        } else {
            lifecycle.connectionClosed(task);
            replies.finishedIfFinal(task);
            grants.mark(task.taskQueue());
        }
    }
}
