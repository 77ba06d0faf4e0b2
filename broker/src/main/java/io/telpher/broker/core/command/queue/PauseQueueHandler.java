package io.telpher.broker.core.command.queue;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.queue.Remark;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.protocol.queue.PauseQueue;

/** PAUSE_QUEUE: nothing is handed out until it is resumed; running tasks go on. */
public final class PauseQueueHandler implements CommandHandler {
    private final PauseQueue message = new PauseQueue();
    private final PartitionState state;
    private final CommandReplies replies;

    public PauseQueueHandler(PartitionState state, CommandReplies replies) {
        this.state = state;
        this.replies = replies;
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        TaskQueue queue = state.queues().find(message.queue());
        if (queue == null) {
            replies.queueMissing(request, message.queue());
            return;
        }
        queue.pause(message.refuseSubmits(), new Remark(message.reason(), message.by(), state.nowMs()));
        state.queues().settle(queue, state.nowMs());
        replies.queueChanged(request, queue);
    }
}
