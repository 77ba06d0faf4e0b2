package io.telpher.broker.core.command.deadletter;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.command.task.NestedCrc;
import io.telpher.broker.core.state.Arrival;
import io.telpher.broker.core.state.Lifecycle;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.deadletter.DlqReplay;

/** DLQ_REPLAY: dead tasks are ready again, counters at zero; the one task may get another SUBMIT frame. */
public final class DlqReplayHandler implements CommandHandler {
    private final DlqReplay message = new DlqReplay();
    private final Arrival patch = new Arrival();
    private final NestedCrc nestedCrc = new NestedCrc();
    private final DeadSelection selection;
    private final Lifecycle lifecycle;
    private final Grants grants;
    private final CommandReplies replies;

    public DlqReplayHandler(DeadSelection selection, Lifecycle lifecycle, Grants grants, CommandReplies replies) {
        this.selection = selection;
        this.lifecycle = lifecycle;
        this.grants = grants;
        this.replies = replies;
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        if (!selection.select(request, message.options(), message.filter(), message.taskIds())) {
            return;
        }
        if (message.hasPatch() && selection.count() > 0 && !readPatch(request)) {
            return;
        }
        if (!message.options().dryRun()) {
            replayAll();
        }
        replies.counted(request, selection.count());
        grants.run();
    }

    private boolean readPatch(CommandRequest request) {
        TaskCursor task = selection.task(0);
        patch.submit.wrap(request.frames(), message.patchOffset());
        boolean same = patch.submit.queue().equals(task.queue())
                && patch.submit.taskType().equals(task.type());
        if (!same) {
            replies.rejected(
                    request,
                    ErrorCode.BAD_REQUEST,
                    "a patch must name the task's own queue \"" + task.queue() + "\" and type \"" + task.type() + "\"");
        }
        patch.location = request.locationOf(message.patchOffset());
        patch.crc = nestedCrc.of(patch.submit);
        return same;
    }

    private void replayAll() {
        for (int i = 0; i < selection.count(); i++) {
            TaskCursor task = selection.task(i);
            if (message.hasPatch()) {
                lifecycle.patch(task, patch);
            }
            lifecycle.replay(task);
            if (message.hasPatch()) {
                lifecycle.expireAs(task, patch.submit);
            }
            grants.mark(task.taskQueue());
        }
    }
}
