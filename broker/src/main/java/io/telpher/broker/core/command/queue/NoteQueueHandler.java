package io.telpher.broker.core.command.queue;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.queue.Remark;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.protocol.queue.NoteQueue;

/** NOTE_QUEUE: takes the place of what was noted of the queue before. A queue with a note is not deleted for being idle. */
public final class NoteQueueHandler implements CommandHandler {
    private final NoteQueue message = new NoteQueue();
    private final PartitionState state;
    private final CommandReplies replies;

    public NoteQueueHandler(PartitionState state, CommandReplies replies) {
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
        String note = message.note();
        queue.note(note.isEmpty() ? Remark.NONE : new Remark(note, message.by(), state.nowMs()));
        state.queues().settle(queue, state.nowMs());
        replies.queueChanged(request, queue);
    }
}
