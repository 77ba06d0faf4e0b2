package io.telpher.broker.core.command.task;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.HeldTasks;
import io.telpher.broker.core.state.Lifecycle;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.task.Cancel;

/** CANCEL: a pending task at once; the worker of a running one is asked to stop. Again is OK. */
public final class CancelHandler implements CommandHandler {
    private final Cancel message = new Cancel();
    private final HeldTasks tasks;
    private final Lifecycle lifecycle;
    private final CommandReplies replies;

    public CancelHandler(HeldTasks tasks, Lifecycle lifecycle, CommandReplies replies) {
        this.tasks = tasks;
        this.lifecycle = lifecycle;
        this.replies = replies;
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        if (!tasks.find(request, message.taskId())) {
            return;
        }
        TaskCursor task = tasks.task();
        TaskState now = task.state();
        if (now.isPending()) {
            lifecycle.cancel(task);
            replies.taskChanged(request, task);
            replies.finishedIfFinal(task);
        } else if (now == TaskState.ACTIVE) {
            request(task);
            replies.taskChanged(request, task);
        } else if (now == TaskState.CANCELLED) {
            replies.taskChanged(request, task);
        } else {
            replies.rejected(
                    request,
                    ErrorCode.TASK_FINAL,
                    "task " + TaskId.format(task.taskId()) + " is " + now.word() + " already");
        }
    }

    private void request(TaskCursor task) {
        if (!task.cancelRequested()) {
            lifecycle.requestCancel(task);
            replies.pushCancelRequested(task);
        }
    }
}
