package io.telpher.broker.sim;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What happens by time, in the model: the earliest first; at the same moment leases, timers, expiries, waits, retention, key windows. */
final class ReferenceDeadlines {
    private static final long GRAIN_MS = 1000;

    private final ReferenceState state;

    ReferenceDeadlines(ReferenceState state) {
        this.state = state;
    }

    /** The earliest deadline of all. */
    long nextDeadlineMs() {
        long next = Long.MAX_VALUE;
        next = state.leases.isEmpty() ? next : Math.min(next, state.leases.first().leaseDeadlineMs);
        next = state.timers.isEmpty() ? next : Math.min(next, state.timers.first().dueMs);
        next = Math.min(next, runTimeMs());
        next = Math.min(next, expiryMs());
        next = state.waits.isEmpty() ? next : Math.min(next, state.waits.first().deadlineMs);
        next = state.finished.isEmpty() ? next : Math.min(next, retentionMs());
        next = state.keyWindows.isEmpty() ? next : Math.min(next, inGrains(state.keyWindows.first().windowEndMs));
        return Math.min(next, idleMs());
    }

    private long runTimeMs() {
        return state.runTimes.isEmpty() ? Long.MAX_VALUE : state.runTimes.first().dueMs - state.wallOffsetMs;
    }

    private long expiryMs() {
        return state.expiries.isEmpty() ? Long.MAX_VALUE : state.expiries.first().expiresAtMs - state.wallOffsetMs;
    }

    private long retentionMs() {
        return Math.min(inGrains(state.finished.getFirst().dueMs + state.retentionMs), state.crowdedAtMs);
    }

    private long idleMs() {
        ReferenceQueue idle = state.longestIdle();
        return idle == null || state.idleTtlMs == 0 ? Long.MAX_VALUE : inGrains(idle.idleSinceMs + state.idleTtlMs);
    }

    private static long inGrains(long ms) {
        return (ms + GRAIN_MS - 1) / GRAIN_MS * GRAIN_MS;
    }

    /** Fires what is due first and is no waiter; false: the first due is a waiter, or nothing is. */
    boolean fireOne(long upToMs) {
        long due = nextDeadlineMs();
        if (due > upToMs) {
            return false;
        }
        if (!state.leases.isEmpty() && state.leases.first().leaseDeadlineMs == due) {
            state.leaseEnded(state.leases.first());
        } else if (!state.timers.isEmpty() && state.timers.first().dueMs == due) {
            state.timeCame(state.timers.first());
        } else if (runTimeMs() == due) {
            state.timeCame(state.runTimes.first());
        } else if (expiryMs() == due) {
            expiryCame(state.expiries.pollFirst());
        } else if (!state.waits.isEmpty() && state.waits.first().deadlineMs == due) {
            return false;
        } else if (!state.finished.isEmpty() && retentionMs() == due) {
            endRetention(state.finished.removeFirst());
        } else if (!state.keyWindows.isEmpty() && inGrains(state.keyWindows.first().windowEndMs) == due) {
            endKeyWindow(state.keyWindows.pollFirst());
        } else {
            state.delete(Objects.requireNonNull(state.longestIdle(), "an idle queue"));
        }
        return true;
    }

    /** What is due first is the end of a wait. */
    boolean isWaitDue(long upToMs) {
        long due = nextDeadlineMs();
        boolean waitIsFirst = !state.waits.isEmpty() && state.waits.first().deadlineMs == due;
        boolean taskIsFirst = !state.leases.isEmpty() && state.leases.first().leaseDeadlineMs == due
                || !state.timers.isEmpty() && state.timers.first().dueMs == due
                || runTimeMs() == due
                || expiryMs() == due;
        return due <= upToMs && waitIsFirst && !taskIsFirst;
    }

    private void expiryCame(@Nullable ReferenceTask task) {
        if (task != null && task.state.isPending()) {
            state.expire(task);
        }
    }

    private void endRetention(ReferenceTask task) {
        state.retained(task, -1);
        if (task.key == null) {
            state.purge(task);
        } else {
            task.retentionIsOver = true;
        }
    }

    private void endKeyWindow(@Nullable ReferenceTask task) {
        if (task != null && task.state.isFinal()) {
            state.endKey(task);
        }
    }
}
