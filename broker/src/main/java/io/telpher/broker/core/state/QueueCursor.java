package io.telpher.broker.core.state;

import io.telpher.broker.core.queue.ReadyRing;
import io.telpher.broker.core.queue.Remark;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.table.RowBits;
import io.telpher.broker.core.table.TaskPage;
import io.telpher.protocol.Priority;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.queue.QueueView;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** A read view over one queue: valid during the call, or until the partition is asked or told something. */
public final class QueueCursor {
    /** Of a line of ready tasks: about a millisecond. */
    private static final int LOOKS_MAX = 200_000;

    private final PartitionState state;
    private TaskQueue queue;

    public QueueCursor(PartitionState state, TaskQueue queue) {
        this.state = state;
        this.queue = queue;
    }

    public QueueCursor moveTo(TaskQueue other) {
        queue = other;
        return this;
    }

    public String name() {
        return queue.name();
    }

    /** Its number among the partition's; another queue may have it when this one is deleted. */
    public int index() {
        return queue.index();
    }

    /** What holds: the queue's own fields, else those of the queue {@code default}, else the built-in ones. */
    public QueuePolicyFields policy() {
        return queue.policy();
    }

    /** Only what was set for this queue itself; the rest is unset. */
    public QueuePolicyFields ownPolicy() {
        return queue.ownPolicy();
    }

    public boolean paused() {
        return queue.paused();
    }

    public boolean refusesSubmits() {
        return queue.refusesSubmits();
    }

    /** Why and since when it is paused; {@link Remark#NONE} when it is not. */
    public Remark pause() {
        return queue.pause();
    }

    /** {@link Remark#NONE} when there is none. */
    public Remark note() {
        return queue.note();
    }

    public long ready(Priority priority) {
        return queue.ready.size(priority.ordinal());
    }

    public long readyTotal() {
        return queue.ready.size();
    }

    /** Not begun, whatever they wait for. */
    public long pending() {
        return queue.pendingTasks();
    }

    public long scheduled() {
        return queue.tasks(TaskState.SCHEDULED);
    }

    public long retryWait() {
        return queue.tasks(TaskState.RETRY_WAIT);
    }

    public long active() {
        return queue.tasks(TaskState.ACTIVE);
    }

    public long dead() {
        return queue.tasks(TaskState.DEAD);
    }

    /** Ever, since the queue was made. */
    public long submitted() {
        return queue.submitted();
    }

    public long completed() {
        return queue.completed();
    }

    /** Tasks that joined the dead letters since the queue was made. */
    public long died() {
        return queue.died();
    }

    public int waiters() {
        return queue.waiting.count();
    }

    /**
     * From 1: the place of this task, which is ready, as things are now and priorities strict; -1 when too many are before
     * it to be counted in some milliseconds.
     */
    public long readyPosition(TaskCursor task) {
        long before = 0;
        for (int priority = 0; priority < task.priorityCode(); priority++) {
            before += queue.ready.size(priority);
        }
        boolean returned = task.has(RowBits.RETURNED);
        before += returned ? 0 : queue.ready.seen(task.priorityCode(), true).size();
        long own = queue.ready.seen(task.priorityCode(), returned).position(state.tasks, task.sequence(), LOOKS_MAX);
        return own < 0 ? own : before + own;
    }

    /** Since when the task that is ready for longest at the head of a lane has been so, ms since 1970; 0 = none is. */
    public long oldestReadySinceMs() {
        long oldest = Long.MAX_VALUE;
        for (int priority = 0; priority < Priority.COUNT; priority++) {
            oldest = Math.min(oldest, readySinceMs(queue.ready.seen(priority, true)));
            oldest = Math.min(oldest, readySinceMs(queue.ready.seen(priority, false)));
        }
        return oldest == Long.MAX_VALUE ? 0 : oldest;
    }

    private long readySinceMs(ReadyRing ring) {
        if (ring.size() == 0) {
            return Long.MAX_VALUE;
        }
        long sequence = ring.first(state.tasks);
        TaskPage page = Invariant.present(state.tasks.page(sequence), "a ready task without a page");
        return page.due[(int) sequence & TaskPage.MASK];
    }

    /**
     * The tasks that a purge of the queue takes, by rising ids, without a walk over those of others.
     *
     * @param withDead dead ones, too
     * @param max of these tasks
     * @return null when there are more, or some wait for a time: such tasks are in no list of their queue
     */
    public long @Nullable [] purgeable(boolean withDead, int max) {
        boolean isListed = scheduled() == 0 && retryWait() == 0;
        if (!isListed || readyTotal() + (withDead ? dead() : 0) > max) {
            return null;
        }
        LongStream.Builder found = LongStream.builder();
        for (int priority = 0; priority < Priority.COUNT; priority++) {
            queue.ready.seen(priority, true).forEachLive(state.tasks, found);
            queue.ready.seen(priority, false).forEachLive(state.tasks, found);
        }
        if (withDead) {
            queue.deadLetters.whilePassesAfter(0, sequence -> {
                found.accept(sequence);
                return true;
            });
        }
        return found.build().map(state::taskId).sorted().toArray();
    }

    /** Fills in everything; ages are reckoned from {@code nowMs}. */
    public void fill(QueueView view, long nowMs) {
        view.name = name();
        view.policy = policy();
        for (Priority priority : Priority.values()) {
            view.ready[priority.ordinal()] = ready(priority);
        }
        long since = oldestReadySinceMs();
        view.oldestReadyAgeMs = since == 0 ? 0 : Math.max(0, nowMs - since);
        view.scheduled = scheduled();
        view.retryWait = retryWait();
        view.active = active();
        view.dead = dead();
        view.waiters = waiters();
        queue.show(view, state.wallOffsetMs());
    }
}
