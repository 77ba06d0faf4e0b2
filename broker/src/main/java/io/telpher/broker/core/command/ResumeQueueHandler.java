package io.telpher.broker.core.command;

import io.telpher.broker.core.state.Queues;
import io.telpher.broker.core.state.TaskQueue;
import io.telpher.protocol.ResumeQueue;

/** RESUME_QUEUE: hands out tasks again, to those who wait at once. */
public final class ResumeQueueHandler {
    private final ResumeQueue message = new ResumeQueue();
    private final Queues queues;
    private final Grants grants;
    private final Replies replies;

    ResumeQueueHandler(Queues queues, Grants grants, Replies replies) {
        this.queues = queues;
        this.grants = grants;
        this.replies = replies;
    }

    public void apply(Request request) {
        message.wrap(request.frames(), request.offset());
        TaskQueue queue = queues.find(message.queue());
        if (queue == null) {
            replies.queueMissing(request, message.queue());
            return;
        }
        queue.resume();
        replies.queueChanged(request, queue);
        grants.mark(queue);
        grants.run();
    }
}
