package io.telpher.broker.core.command.queue;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.protocol.queue.ResumeQueue;

/** RESUME_QUEUE: hands out tasks again, to those who wait at once. */
public final class ResumeQueueHandler implements CommandHandler {
    private final ResumeQueue message = new ResumeQueue();
    private final PartitionState state;
    private final Grants grants;
    private final CommandReplies replies;

    public ResumeQueueHandler(PartitionState state, Grants grants, CommandReplies replies) {
        this.state = state;
        this.grants = grants;
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
        queue.resume();
        state.queues().settle(queue, state.nowMs());
        replies.queueChanged(request, queue);
        grants.mark(queue);
        grants.run();
    }
}
