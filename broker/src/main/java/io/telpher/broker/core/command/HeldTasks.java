package io.telpher.broker.core.command;

import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.TaskState;

/** Finds the task that a worker speaks of and checks that its lease still counts; answers itself when not. */
public final class HeldTasks {
    private final CommandReplies replies;
    private final TaskCursor task;

    public HeldTasks(PartitionState state, CommandReplies replies) {
        this.replies = replies;
        this.task = state.newCursor();
    }

    public TaskCursor task() {
        return task;
    }

    /** Moves {@link #task} to it; false: refused. */
    public boolean find(CommandRequest request, long taskId) {
        boolean found = task.find(taskId);
        if (!found) {
            replies.missing(request, taskId);
        }
        return found;
    }

    /** Moves {@link #task} to it if it is running under this lease; false: refused. */
    public boolean findHeld(CommandRequest request, long taskId, long leaseId) {
        if (!find(request, taskId)) {
            return false;
        }
        boolean held = task.state() == TaskState.ACTIVE && task.leaseId() == leaseId;
        if (!held) {
            stale(request, leaseId);
        }
        return held;
    }

    public void stale(CommandRequest request, long leaseId) {
        replies.stale(request, task, leaseId);
    }
}
