package io.telpher.broker.core.command;

import io.telpher.broker.core.queue.ReserveTerms;
import io.telpher.broker.core.queue.SessionLeases;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.queue.Waiter;
import io.telpher.broker.core.state.Lifecycle;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.table.Invariant;
import io.telpher.protocol.Limits;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Ready tasks to workers. A command that makes tasks ready marks their queues and, when it is done, runs the grants: the reserve
 * that has waited longest among all that want one of these tasks is served first, with as many as there are.
 *
 * <p>{@link #count} and {@link #task} show the tasks that one reserve was given.
 */
public final class Grants {
    /** Deliveries travel in one frame: beside the first, tasks are added as long as they fit into what every peer accepts. */
    static final int DELIVERIES_BYTES_MAX = Limits.FRAME_BYTES_FLOOR;

    private static final int MARKS_KEPT_MAX = 16;

    private final PartitionState state;
    private final Lifecycle lifecycle;
    private final CommandReplies replies;
    private final TaskCursor task;
    private final ReserveTerms terms = new ReserveTerms();
    /** Looked up only. */
    private Set<TaskQueue> marked = Collections.newSetFromMap(new IdentityHashMap<>());
    /** The marked queues by who waits there; an entry that is no longer right is put right when it comes first. */
    private final PriorityQueue<Turn> turns = new PriorityQueue<>(Comparator.comparingLong(Turn::serial));

    private record Turn(long serial, TaskQueue queue) {}

    private final long[] granted = new long[Limits.RESERVE_MAX];
    private int count;
    private long bytes;

    public Grants(PartitionState state, Lifecycle lifecycle, CommandReplies replies) {
        this.state = state;
        this.lifecycle = lifecycle;
        this.replies = replies;
        this.task = state.newCursor();
    }

    public int count() {
        return count;
    }

    /** The i-th task leased; moves one cursor, so take one after the other. */
    public TaskCursor task(int i) {
        Invariant.check(i < count && task.moveTo(granted[i]), "a granted task that is not there");
        return task;
    }

    /** This queue has tasks to hand out. */
    public void mark(TaskQueue queue) {
        Waiter first = queue.longestWaiting();
        if (first != null && marked.add(queue)) {
            turns.add(new Turn(first.serial(), queue));
        }
    }

    /** Hands out what the marked queues have to those who wait. */
    public void run() {
        for (Waiter waiter = longestWaiting(); waiter != null; waiter = longestWaiting()) {
            waiter.terms(terms);
            fill(waiter.session().id(), terms);
            // None: all that was ready had expired. It waits on.
            if (count > 0) {
                state.waiters().remove(waiter);
                replies.deliveries(waiter.session().id(), waiter.requestId(), this);
                state.sessions().leaveIfIdleHttp(waiter.session());
            }
        }
        forgetMarks();
    }

    /** Clearing a hash set takes as long as it was ever large, which the commands that follow one of many queues must not pay. */
    private void forgetMarks() {
        if (marked.size() > MARKS_KEPT_MAX) {
            marked = Collections.newSetFromMap(new IdentityHashMap<>());
        } else if (!marked.isEmpty()) {
            marked.clear();
        }
        turns.clear();
    }

    /** Serials only grow along a line, so the first turn that is right is the first of all. */
    private @Nullable Waiter longestWaiting() {
        for (Turn turn = turns.peek(); turn != null; turn = turns.peek()) {
            TaskQueue queue = turn.queue();
            Waiter first = queue.deliverable() > 0 ? queue.longestWaiting() : null;
            if (first != null && first.serial() == turn.serial()) {
                return first;
            }
            turns.remove();
            if (first != null) {
                turns.add(new Turn(first.serial(), queue));
            }
        }
        return null;
    }

    /** Leases what is ready now, in the order of preference of the terms' queues or by their weights, up to their max. */
    public void fill(long sessionId, ReserveTerms reserve) {
        count = 0;
        bytes = Deliveries.PREFIX_BYTES;
        SessionLeases holder = state.sessions().holder(sessionId);
        boolean fits = true;
        if (reserve.isWeighted()) {
            fillByWeight(holder, reserve);
            return;
        }
        for (TaskQueue queue : reserve.queues) {
            while (fits && count < reserve.max && queue.deliverable() > 0) {
                fits = grantNext(queue, holder, reserve);
            }
        }
    }

    private void fillByWeight(@Nullable SessionLeases holder, ReserveTerms reserve) {
        TaskQueue queue = reserve.byWeight(state.lastLeaseId());
        while (queue != null && count < reserve.max && grantNext(queue, holder, reserve)) {
            queue = reserve.byWeight(state.lastLeaseId());
        }
    }

    /** False when the next task does not fit any more. */
    private boolean grantNext(TaskQueue queue, @Nullable SessionLeases holder, ReserveTerms reserve) {
        long sequence = state.nextReady(queue);
        Invariant.check(task.moveTo(sequence), "a ready task that is not there");
        if (task.isExpired()) {
            lifecycle.expire(task);
            replies.finishedIfFinal(task);
            return true;
        }
        long size = (long) Delivery.HEADER_BYTES + task.submitBytes();
        if (count > 0 && bytes + size > DELIVERIES_BYTES_MAX) {
            return false;
        }
        state.takeReady(queue);
        lifecycle.lease(task, holder, reserve.leaseMs, reserve.worker);
        granted[count++] = sequence;
        bytes += size;
        return true;
    }
}
