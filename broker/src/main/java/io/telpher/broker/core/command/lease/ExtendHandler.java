package io.telpher.broker.core.command.lease;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.HeldTasks;
import io.telpher.broker.core.state.Lifecycle;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.protocol.lease.Extend;

/** EXTEND: the lease lasts longer, and belongs to this session: so a worker that reconnected takes its leases along. */
public final class ExtendHandler implements CommandHandler {
    private final Extend message = new Extend();
    private final PartitionState state;
    private final HeldTasks held;
    private final Lifecycle lifecycle;
    private final CommandReplies replies;

    public ExtendHandler(PartitionState state, HeldTasks held, Lifecycle lifecycle, CommandReplies replies) {
        this.state = state;
        this.held = held;
        this.lifecycle = lifecycle;
        this.replies = replies;
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        if (held.findHeld(request, message.taskId(), message.leaseId())) {
            lifecycle.extend(held.task(), state.sessions().holder(request.session()), message.visibilityTimeoutMs());
            if (!message.notStarted()) {
                lifecycle.started(held.task());
            }
            replies.taskChanged(request, held.task());
        }
    }
}
