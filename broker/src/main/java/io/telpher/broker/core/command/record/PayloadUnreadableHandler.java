package io.telpher.broker.core.command.record;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.state.Fingerprint;
import io.telpher.broker.core.state.Lifecycle;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.record.PayloadUnreadable;

/** PAYLOAD_UNREADABLE: the delivery under this lease never went out, and none can; the task is dead until it is replayed with another payload. */
public final class PayloadUnreadableHandler implements CommandHandler {
    private final PayloadUnreadable message = new PayloadUnreadable();
    private final TaskCursor task;
    private final Lifecycle lifecycle;
    private final CommandReplies replies;

    public PayloadUnreadableHandler(PartitionState state, Lifecycle lifecycle, CommandReplies replies) {
        this.task = state.newCursor();
        this.lifecycle = lifecycle;
        this.replies = replies;
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        boolean isHeld =
                task.find(message.taskId()) && task.state() == TaskState.ACTIVE && task.leaseId() == message.leaseId();
        if (!isHeld) {
            return;
        }
        lifecycle.payloadUnreadable(task, request.location(), message.frameBytes());
        if (task.state() == TaskState.DEAD) {
            lifecycle.fingerprint(task, Fingerprint.hash(message.error()));
        }
        replies.finishedIfFinal(task);
    }
}
