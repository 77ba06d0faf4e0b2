package io.telpher.broker.core.command;

import io.telpher.broker.core.state.Queues;
import io.telpher.broker.core.state.TaskQueue;
import io.telpher.protocol.PauseQueue;

/** PAUSE_QUEUE: nothing is handed out until it is resumed; running tasks go on. */
public final class PauseQueueHandler {
    private final PauseQueue message = new PauseQueue();
    private final Queues queues;
    private final Replies replies;

    PauseQueueHandler(Queues queues, Replies replies) {
        this.queues = queues;
        this.replies = replies;
    }

    public void apply(Request request) {
        message.wrap(request.frames(), request.offset());
        TaskQueue queue = queues.find(message.queue());
        if (queue == null) {
            replies.queueMissing(request, message.queue());
            return;
        }
        queue.pause(message.refuseSubmits());
        replies.queueChanged(request, queue);
    }
}
