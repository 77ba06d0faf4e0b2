package io.telpher.broker.core.state;

import io.telpher.broker.core.queue.Waiter;
import io.telpher.broker.core.table.IdempotencyIndex;
import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.table.RowBits;
import io.telpher.broker.core.time.TimerWheel;
import org.jspecify.annotations.Nullable;

/**
 * All that happens by time, in one order: by deadline, then by kind, then by task or waiter. The order depends on nothing but what is
 * remembered, so a replay and a restored snapshot fire alike.
 */
public final class Deadlines {
    public static final long NEVER = Long.MAX_VALUE;

    /** Purging is in no hurry: in whole seconds, so that it does not cost a TICK per task. */
    private static final long PURGE_GRAIN_MS = 1000;

    /** Kinds of deadlines; equal deadlines fire in this order. */
    public enum Kind {
        LEASE,
        TIMER,
        RUN_TIME,
        EXPIRY,
        LIFETIME,
        WAITER,
        RETENTION,
        KEY_WINDOW,
        QUEUE_IDLE
    }

    private final PartitionState state;
    private final Passage passage;
    private final TaskCursor scratch;
    private long firstMs = NEVER;
    private Kind first = Kind.LEASE;

    public Deadlines(PartitionState state) {
        this.state = state;
        this.passage = new Passage(state);
        this.scratch = state.newCursor();
    }

    /** The earliest deadline of all, {@link #NEVER} when there is none. */
    public long nextMs() {
        look();
        return firstMs;
    }

    /** The kind of the first deadline, when that was due {@code marginMs} ago or more; else null. */
    public @Nullable Kind due(int marginMs) {
        look();
        return firstMs > state.nowMs() - marginMs ? null : first;
    }

    private void look() {
        firstMs = NEVER;
        consider(Kind.LEASE, leaseMs());
        consider(Kind.TIMER, firstMs(state.timers));
        consider(Kind.RUN_TIME, stampOf(firstMs(state.runTimes)));
        consider(Kind.EXPIRY, stampOf(firstMs(state.expiries)));
        consider(Kind.LIFETIME, firstMs(state.lifetimes));
        consider(Kind.WAITER, waiterMs());
        consider(Kind.RETENTION, retentionMs());
        consider(Kind.KEY_WINDOW, keyWindowMs());
        consider(Kind.QUEUE_IDLE, state.queues().idleEndMs());
    }

    /** When the wall clock shows this, by the broker's as the two stand now. */
    private long stampOf(long instantMs) {
        long stampMs = instantMs - state.wallOffsetMs();
        // Too far ahead to be told: like never.
        boolean isBeyond = state.wallOffsetMs() < 0 && stampMs < instantMs;
        return instantMs == NEVER || isBeyond ? NEVER : stampMs;
    }

    /** In the order of {@link Kind}: of equal deadlines the first one asked about wins. */
    private void consider(Kind kind, long deadlineMs) {
        if (deadlineMs < firstMs) {
            firstMs = deadlineMs;
            first = kind;
        }
    }

    /** Moves to the task whose lease is due; what follows takes the lease away. */
    public void dueLease(TaskCursor task) {
        moveTo(task, state.leases.byDeadline.first().sequence);
    }

    /** Takes the timer away and moves to its task. */
    public void dueTimer(TaskCursor task) {
        moveTo(task, state.timers.firstKey());
        passage.endTimer(task);
    }

    /** Takes the time to run at away and moves to its task. */
    public void dueRunTime(TaskCursor task) {
        moveTo(task, state.runTimes.firstKey());
        passage.endTimer(task);
    }

    /** Takes the expiry away and moves to its task, which may be running. */
    public void dueExpiry(TaskCursor task) {
        moveTo(task, state.expiries.firstKey());
        passage.endExpiry(task);
    }

    /** Takes the end of a lifetime away and moves to its task, which may be running. */
    public void dueLifetime(TaskCursor task) {
        moveTo(task, state.lifetimes.firstKey());
        passage.endExpiry(task);
    }

    public Waiter dueWaiter() {
        return state.waiters().byDeadline.first();
    }

    /** Purges the task that has been final for longest, or leaves that to its key when it has one. */
    public void endRetention() {
        moveTo(scratch, state.finished.first());
        state.finished.removeFirst(scratch);
        if (scratch.keySlot() == IdempotencyIndex.NONE) {
            passage.purge(scratch);
        } else {
            scratch.set(RowBits.RETENTION_OVER, true);
        }
    }

    /** Forgets the key when its task is done; otherwise the key goes when the task is. */
    public void endKeyWindow() {
        moveTo(scratch, state.keyWindows.firstKey());
        passage.endWindow(scratch.keySlot());
        if (scratch.state().isFinal()) {
            passage.endKey(scratch);
        }
    }

    /** The queue that nothing needs for longest is there no more. */
    public void endIdleQueue() {
        state.queues().delete(state.queues().longestIdle(), state.nowMs());
    }

    private static void moveTo(TaskCursor task, long sequence) {
        Invariant.check(task.moveTo(sequence), "a deadline of a task that is not there");
    }

    private long leaseMs() {
        return state.leases.byDeadline.isEmpty() ? NEVER : state.leases.byDeadline.first().deadlineMs;
    }

    private long waiterMs() {
        return state.waiters().byDeadline.isEmpty()
                ? NEVER
                : state.waiters().byDeadline.first().deadlineMs;
    }

    private long retentionMs() {
        if (state.finished.isEmpty()) {
            return NEVER;
        }
        moveTo(scratch, state.finished.first());
        long overMs = inPurgeGrains(scratch.finishedStampMs() + state.retentionMs());
        return Math.min(overMs, state.finished.crowdedAtMs());
    }

    private long keyWindowMs() {
        long window = firstMs(state.keyWindows);
        return window == NEVER ? NEVER : inPurgeGrains(window);
    }

    public static long inPurgeGrains(long ms) {
        return (ms + PURGE_GRAIN_MS - 1) / PURGE_GRAIN_MS * PURGE_GRAIN_MS;
    }

    private static long firstMs(TimerWheel wheel) {
        return wheel.isEmpty() ? NEVER : wheel.firstDeadlineMs();
    }
}
