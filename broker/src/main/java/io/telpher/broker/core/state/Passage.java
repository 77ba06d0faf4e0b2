package io.telpher.broker.core.state;

import io.telpher.broker.core.hash.KeyHash;
import io.telpher.broker.core.queue.Lease;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.table.IdempotencyIndex;
import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.table.RowBits;
import io.telpher.broker.core.table.TaskPage;
import io.telpher.broker.core.time.TimerWheel;
import io.telpher.protocol.TaskState;

/** The parts that all transitions have in common: counts, and leaving and entering lanes, timers, leases, dead letters, retention and keys. */
public final class Passage {
    private final PartitionState state;
    private final TaskCursor earlier;

    public Passage(PartitionState state) {
        this.state = state;
        this.earlier = state.newCursor();
    }

    void entered(TaskCursor task) {
        task.taskQueue().entered(task.state());
        state.queues().settle(task.taskQueue(), state.nowMs());
        state.tasksByState[task.state().ordinal()]++;
        state.submitted++;
        state.listener.moved(task, TaskState.NONE);
    }

    /** To the next state; where the task was kept, it is gone from already. */
    void move(TaskCursor task, TaskState to) {
        TaskState from = task.state();
        task.taskQueue().moved(from, to);
        state.tasksByState[from.ordinal()]--;
        state.tasksByState[to.ordinal()]++;
        if (to == TaskState.COMPLETED) {
            state.completed++;
        }
        task.set(RowBits.STATE, RowBits.STATE_MASK, to.ordinal());
        if (task.has(RowBits.RUNS_AT)) {
            task.set(RowBits.RUNS_AT, false);
        }
        if (to == TaskState.RETRY_WAIT || to == TaskState.SCHEDULED) {
            task.due(TaskPage.NO_TIMER); // until it has one
        }
        state.listener.moved(task, from);
    }

    /** To the next state, and out of where the task was kept. */
    void takeOut(TaskCursor task, TaskState to) {
        TaskState from = task.state();
        Lease lease = task.lease();
        if (RowBits.isTimed(task.page().bits[task.row()])) {
            endTimer(task);
        }
        move(task, to);
        TaskQueue queue = task.taskQueue();
        switch (from) {
            case SCHEDULED, RETRY_WAIT -> {} // Its timer ended before its bits changed.
            case READY -> queue.edit().ready.forget(state.tasks, task.priorityCode(), task.has(RowBits.RETURNED));
            case ACTIVE -> state.leases.end(Invariant.present(lease, "an active task without a lease"));
            case DEAD -> {
                state.dead.remove(task.sequence());
                queue.edit().deadLetters.remove(task.sequence());
            }
            default -> throw new IllegalStateException("invariant broken: a final task moved on");
        }
    }

    /** It waits for another time from here on: neither its timer nor its instant counts any more. */
    void stopWaiting(TaskCursor task) {
        endTimer(task);
        task.due(TaskPage.NO_TIMER);
        task.set(RowBits.RUNS_AT, false);
    }

    void waitUntil(TaskCursor task, long dueMs) {
        task.due(state.timers.add(dueMs, task.sequence()) + 1);
    }

    /** A task that waits for its time: the time came, or it is not waited for any more. */
    void endTimer(TaskCursor task) {
        // A snapshot that is under way copies the row before the timer is gone that it points to.
        TaskPage page = task.edit();
        int row = task.row();
        TimerWheel timers = state.timers(page.bits[row]);
        int timer = (int) page.due[row] - 1;
        page.due[row] = timers.deadlineMs(timer);
        timers.remove(timer);
    }

    /** SCHEDULED until the wall clock shows this. */
    void waitForWall(TaskCursor task, long instantMs) {
        task.set(RowBits.RUNS_AT, true);
        task.due(state.runTimes.add(instantMs, task.sequence()) + 1);
    }

    /** Its expiry is set, by the clock that its bits name. */
    public void watchExpiry(TaskCursor task) {
        int timer = expiries(task).add(task.expiry(), task.sequence());
        task.page().expiryTimer(task.row(), timer + 1);
    }

    private TimerWheel expiries(TaskCursor task) {
        return task.has(RowBits.EXPIRES_IN) ? state.lifetimes : state.expiries;
    }

    /** The expiry came while the task ran, and the wall clock was set back since. */
    void watchExpiryAgain(TaskCursor task) {
        if (task.has(RowBits.EXPIRY_CAME)) {
            task.set(RowBits.EXPIRY_CAME, false);
            watchExpiry(task);
        }
    }

    /** It does not expire any more; where it was watched, that is over already. */
    void dropExpiry(TaskCursor task) {
        if (task.expiry() > 0) {
            task.edit().expiresAtMs(task.row(), 0);
            task.set(RowBits.EXPIRES_IN, false);
            task.set(RowBits.EXPIRY_CAME, false);
        }
    }

    /** It came, or is of no account any more. */
    void endExpiry(TaskCursor task) {
        int timer = task.expiryTimer();
        if (timer != TaskPage.NO_TIMER) {
            expiries(task).remove(timer - 1);
            task.page().expiryTimer(task.row(), TaskPage.NO_TIMER);
        }
    }

    void lineUp(TaskCursor task) {
        task.due(state.nowMs());
        task.taskQueue().edit().ready.addLast(task.sequence(), task.priorityCode(), task.has(RowBits.RETURNED));
    }

    void lineUpFirst(TaskCursor task) {
        task.due(state.nowMs());
        task.taskQueue().edit().ready.addFirst(task.sequence(), task.priorityCode(), task.has(RowBits.RETURNED));
    }

    /** After a task became final. */
    void finish(TaskCursor task) {
        task.due(state.nowMs());
        task.set(RowBits.CANCEL_REQUESTED, false);
        if (task.state() == TaskState.DEAD) {
            task.edit().death(task.row(), ++state.deaths);
            state.dead.addLast(task.sequence());
            task.taskQueue().edit().deadLetters.addLast(task.sequence());
        } else {
            state.finished.add(task, state.nowMs());
        }
        endExpiry(task);
        int slot = task.keySlot();
        if (slot != IdempotencyIndex.NONE && (isReleasing(task) || state.keys().windowEndMs(slot) <= state.nowMs())) {
            freeKey(task);
        }
    }

    /** A task that ends without having run may be submitted again at once. */
    private static boolean isReleasing(TaskCursor task) {
        boolean isGivenUp =
                switch (task.state()) {
                    case CANCELLED, EXPIRED, DISCARDED -> true;
                    default -> false;
                };
        return isGivenUp && task.taskQueue().policy().keyRelease() != 0;
    }

    /** The key may still stand for a task whose time is over but for the tick that says so. */
    void remember(TaskCursor task, KeyHash key, long windowEndMs) {
        int over = state.keys().find(key.high, key.low);
        if (over != IdempotencyIndex.NONE) {
            Invariant.check(earlier.moveTo(state.keys().sequence(over)), "a key of a task that is not there");
            endKey(earlier);
        }
        int slot = state.keys().add(key, task.sequence(), windowEndMs);
        task.edit().keySlot(task.row(), slot + 1);
        watchWindow(slot);
    }

    /** Until its window is over. */
    public void watchWindow(int slot) {
        IdempotencyIndex keys = state.keys();
        keys.windowTimer(slot, state.keyWindows.add(keys.windowEndMs(slot), keys.sequence(slot)) + 1);
    }

    /** The window is over, or is of no account any more. */
    void endWindow(int slot) {
        int timer = state.keys().windowTimer(slot);
        if (timer != TaskPage.NO_TIMER) {
            state.keyWindows.remove(timer - 1);
            state.keys().windowTimer(slot, TaskPage.NO_TIMER);
        }
    }

    /** The key is free. A dead task remembers it, since a replay takes it again. */
    private void freeKey(TaskCursor task) {
        TaskPage page = task.edit();
        int slot = task.keySlot();
        endWindow(slot);
        if (task.state() != TaskState.DEAD) {
            state.keys().remove(slot);
            page.keySlot(task.row(), 0);
        } else if (state.keys().isLinked(slot)) {
            state.keys().unlink(slot);
        }
    }

    /** A dead task is replayed: its key stands for it again, unless it stands for a later task meanwhile. */
    void takeKeyAgain(TaskCursor task) {
        int slot = task.keySlot();
        if (slot == IdempotencyIndex.NONE) {
            return;
        }
        int other = state.keys().find(state.keys().high(slot), state.keys().low(slot));
        if (other != IdempotencyIndex.NONE && other != slot && isOver(other)) {
            endKey(earlier);
            other = IdempotencyIndex.NONE;
        }
        if (other == IdempotencyIndex.NONE) {
            task.edit();
            state.keys().link(slot);
        }
    }

    /** Moves {@link #earlier} to the entry's task. */
    private boolean isOver(int slot) {
        Invariant.check(earlier.moveTo(state.keys().sequence(slot)), "a key of a task that is not there");
        return state.keys().windowEndMs(slot) <= state.nowMs()
                && earlier.state().isFinal();
    }

    /** A final task's key has had its time; the task goes with it when only the key still held it. */
    void endKey(TaskCursor task) {
        freeKey(task);
        if (task.has(RowBits.RETENTION_OVER)) {
            purge(task);
        }
    }

    /** The task is gone for good. */
    void purge(TaskCursor task) {
        TaskState last = task.state();
        task.edit();
        TaskQueue queue = task.taskQueue();
        queue.left(last);
        state.tasksByState[last.ordinal()]--;
        state.kinds.leave(task.kind());
        if (task.page().followUps != null) {
            task.page().followUps(task.row(), null);
        }
        state.tasks.remove(task.sequence());
        state.queues().settle(queue, state.nowMs());
    }
}
