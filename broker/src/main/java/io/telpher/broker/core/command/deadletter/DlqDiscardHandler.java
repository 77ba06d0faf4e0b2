package io.telpher.broker.core.command.deadletter;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.state.Lifecycle;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.deadletter.DlqDiscard;

/** DLQ_DISCARD: dead tasks are given up; they are kept for the retention, like other final ones. */
public final class DlqDiscardHandler implements CommandHandler {
    private final DlqDiscard message = new DlqDiscard();
    private final DeadSelection selection;
    private final Lifecycle lifecycle;
    private final CommandReplies replies;

    public DlqDiscardHandler(DeadSelection selection, Lifecycle lifecycle, CommandReplies replies) {
        this.selection = selection;
        this.lifecycle = lifecycle;
        this.replies = replies;
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        if (!selection.select(request, message.options(), message.filter(), message.taskIds())) {
            return;
        }
        for (int i = 0; i < selection.count() && !message.options().dryRun(); i++) {
            TaskCursor task = selection.task(i);
            lifecycle.discard(task);
            replies.finishedIfFinal(task);
        }
        replies.counted(request, selection.count());
    }
}
