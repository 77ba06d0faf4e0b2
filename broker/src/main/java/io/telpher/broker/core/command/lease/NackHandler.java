package io.telpher.broker.core.command.lease;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.command.HeldTasks;
import io.telpher.broker.core.state.Fingerprint;
import io.telpher.broker.core.state.Lifecycle;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.lease.Nack;

/** NACK: the attempt failed; the task backs off, or is dead. */
public final class NackHandler implements CommandHandler {
    private final Nack message = new Nack();
    private final HeldTasks held;
    private final Lifecycle lifecycle;
    private final Grants grants;
    private final CommandReplies replies;

    public NackHandler(HeldTasks held, Lifecycle lifecycle, Grants grants, CommandReplies replies) {
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
        lifecycle.fail(task, request.location(), message.frameBytes(), message.permanent(), message.retryAfterMs());
        if (task.state() == TaskState.DEAD) {
            lifecycle.fingerprint(task, Fingerprint.hash(message.errorStart(Fingerprint.CHARS_MAX)));
        }
        replies.taskChanged(request, task);
        replies.finishedIfFinal(task);
        grants.mark(task.taskQueue());
        grants.run();
    }
}
