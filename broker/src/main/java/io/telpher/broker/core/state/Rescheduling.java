package io.telpher.broker.core.state;

import io.telpher.broker.core.table.RowBits;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Priority;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.task.Reschedule;
import org.agrona.collections.LongHashSet;

/** RESCHEDULE of one task that waits. As with {@link Lifecycle}, a verb that makes a task ready marks its queue for grants. */
public final class Rescheduling {
    private final PartitionState state;
    private final Passage passage;

    public Rescheduling(PartitionState state) {
        this.state = state;
        this.passage = new Passage(state);
    }

    /** A ready one that is to have another place. */
    public boolean leavesLane(TaskCursor task, Reschedule.Change change) {
        Priority priority = change.priority();
        boolean isOther = priority != null && priority != task.priority();
        return task.state() == TaskState.READY && (isOther || change.moves() && isLater(change));
    }

    /** Takes all of these that are in this task's lane out of it; until each is rescheduled it is ready and nowhere. */
    public void leaveLane(TaskCursor task, LongHashSet leaving, LongHashSet left) {
        task.taskQueue()
                .edit()
                .ready
                .remove(state.tasks, task.priorityCode(), task.has(RowBits.RETURNED), leaving, left);
    }

    /** It is not to run before its expiry. */
    public boolean wouldExpireBefore(TaskCursor task, Reschedule.Change change) {
        if (task.expiry() == 0 || !isLater(change)) {
            return false;
        }
        long runStamp =
                change.runAtMs() > 0 ? change.runAtMs() - state.wallOffsetMs() : state.nowMs() + change.delayMs();
        long expiryStamp = task.has(RowBits.EXPIRES_IN) ? task.expiry() : task.expiry() - state.wallOffsetMs();
        return runStamp >= expiryStamp;
    }

    /** Nor later than a submit may ask for. */
    public boolean isTooLate(Reschedule.Change change) {
        return change.runAtMs() - state.wallNowMs() > Limits.DELAY_MS_MAX;
    }

    private boolean isLater(Reschedule.Change change) {
        return change.runAtMs() > state.wallNowMs() || change.delayMs() > 0;
    }

    /** Pending, and out of its lane if it {@link #leavesLane} -> READY at the end of its lane, or SCHEDULED, or RETRY_WAIT when it was tried before. */
    public void reschedule(TaskCursor task, Reschedule.Change change) {
        boolean leaves = leavesLane(task, change);
        Priority priority = change.priority();
        if (priority != null) {
            task.set(RowBits.PRIORITY, RowBits.PRIORITY_MASK, priority.ordinal());
        }
        if (task.state() == TaskState.READY) {
            if (leaves && change.moves() && isLater(change)) {
                passage.move(task, task.has(RowBits.RETURNED) ? TaskState.RETRY_WAIT : TaskState.SCHEDULED);
                waitFor(task, change);
            } else if (leaves) {
                passage.lineUp(task);
            }
        } else if (change.moves() && isLater(change)) {
            passage.stopWaiting(task);
            waitFor(task, change);
        } else if (change.moves()) {
            passage.takeOut(task, TaskState.READY);
            passage.lineUp(task);
        }
    }

    private void waitFor(TaskCursor task, Reschedule.Change change) {
        if (change.runAtMs() > 0) {
            passage.waitForWall(task, change.runAtMs());
        } else {
            passage.waitUntil(task, state.nowMs() + change.delayMs());
        }
    }
}
