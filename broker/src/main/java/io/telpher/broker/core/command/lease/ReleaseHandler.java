package io.telpher.broker.core.command.lease;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.command.HeldTasks;
import io.telpher.broker.core.state.Lifecycle;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.lease.Release;

/** RELEASE: given back unworked; the next worker gets it first. */
public final class ReleaseHandler implements CommandHandler {
    private final Release message = new Release();
    private final HeldTasks held;
    private final Lifecycle lifecycle;
    private final Grants grants;
    private final CommandReplies replies;

    public ReleaseHandler(HeldTasks held, Lifecycle lifecycle, Grants grants, CommandReplies replies) {
        this.held = held;
        this.lifecycle = lifecycle;
        this.grants = grants;
        this.replies = replies;
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        if (!held.findHeld(request, message.taskId(), message.leaseId())) {
            return;
        }
        TaskCursor task = held.task();
        lifecycle.release(task);
        replies.taskChanged(request, task);
        replies.finishedIfFinal(task);
        grants.mark(task.taskQueue());
        grants.run();
    }
}
