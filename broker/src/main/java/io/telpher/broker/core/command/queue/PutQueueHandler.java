package io.telpher.broker.core.command.queue;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.Queues;
import io.telpher.protocol.Problem;
import io.telpher.protocol.queue.PutQueue;

/** PUT_QUEUE: sets the given fields of a queue's policy, leaves the others. */
public final class PutQueueHandler implements CommandHandler {
    private final PutQueue message = new PutQueue();
    private final PartitionState state;
    private final CommandReplies replies;

    public PutQueueHandler(PartitionState state, CommandReplies replies) {
        this.state = state;
        this.replies = replies;
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        Queues queues = state.queues();
        TaskQueue known = queues.find(message.queue());
        long maker = queues.makers().of(request.session());
        Problem limit = known == null ? queues.problem(maker, 0) : null;
        TaskQueue queue = known != null ? known : queues.plan(message.queue());
        Problem problem = limit != null ? limit : queues.problem(queue, message.policy());
        if (problem != null) {
            replies.rejected(request, problem);
            return;
        }
        if (known == null) {
            queues.create(queue, maker, state.nowMs());
        }
        queues.put(queue, message.policy(), state.nowMs());
        replies.queueChanged(request, queue);
    }
}
