package io.telpher.broker.core.command;

import io.telpher.broker.core.state.Queues;
import io.telpher.broker.core.state.TaskQueue;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.PutQueue;

/** PUT_QUEUE: sets the given fields of a queue's policy, leaves the others. */
public final class PutQueueHandler {
    private final PutQueue message = new PutQueue();
    private final Queues queues;
    private final Replies replies;

    PutQueueHandler(Queues queues, Replies replies) {
        this.queues = queues;
        this.replies = replies;
    }

    public void apply(Request request) {
        message.wrap(request.frames(), request.offset());
        TaskQueue known = queues.find(message.queue());
        if (known == null && queues.count() >= Queues.QUEUES_MAX) {
            replies.rejected(
                    request,
                    ErrorCode.BAD_REQUEST,
                    "there are " + Queues.QUEUES_MAX + " queues already; no more are made");
            return;
        }
        TaskQueue queue = known != null ? known : queues.plan(message.queue());
        Problem problem = queues.problem(queue, message.policy());
        if (problem != null) {
            replies.rejected(request, problem);
            return;
        }
        if (known == null) {
            queues.create(queue);
        }
        queues.put(queue, message.policy());
        replies.queueChanged(request, queue);
    }
}
