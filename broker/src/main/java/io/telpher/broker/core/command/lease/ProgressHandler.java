package io.telpher.broker.core.command.lease;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.HeldTasks;
import io.telpher.broker.core.state.Lifecycle;
import io.telpher.protocol.lease.Progress;

/** PROGRESS: how far the attempt is; does not renew the lease. */
public final class ProgressHandler implements CommandHandler {
    private final Progress message = new Progress();
    private final HeldTasks held;
    private final Lifecycle lifecycle;
    private final CommandReplies replies;

    public ProgressHandler(HeldTasks held, Lifecycle lifecycle, CommandReplies replies) {
        this.held = held;
        this.lifecycle = lifecycle;
        this.replies = replies;
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        if (held.findHeld(request, message.taskId(), message.leaseId())) {
            lifecycle.started(held.task());
            lifecycle.progress(held.task(), message.percent(), message.noteLength() > 0, request.location());
            replies.taskChanged(request, held.task());
        }
    }
}
