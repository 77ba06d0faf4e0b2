package io.telpher.broker.core.state;

import io.telpher.protocol.TaskState;

/** Which entries of the heaps still mean something. */
final class Liveness {
    private final PartitionState state;
    private final TaskCursor task;
    private final TimerHeap.Liveness timers = this::isTimer;
    private final TimerHeap.Liveness runTimes = this::isRunTime;
    private final TimerHeap.Liveness expiries = (ms, sequence) -> isExpiry(ms, sequence, false);
    private final TimerHeap.Liveness lifetimes = (ms, sequence) -> isExpiry(ms, sequence, true);
    private final TimerHeap.Liveness keyWindows = this::isKeyWindow;

    Liveness(PartitionState state) {
        this.state = state;
        this.task = state.newCursor();
    }

    TimerHeap.Liveness timers() {
        return timers;
    }

    TimerHeap.Liveness runTimes() {
        return runTimes;
    }

    TimerHeap.Liveness expiries() {
        return expiries;
    }

    TimerHeap.Liveness lifetimes() {
        return lifetimes;
    }

    TimerHeap.Liveness keyWindows() {
        return keyWindows;
    }

    private boolean isTimer(long deadlineMs, long sequence) {
        if (!task.moveTo(sequence)) {
            return false;
        }
        TaskState is = task.state();
        return (is == TaskState.SCHEDULED || is == TaskState.RETRY_WAIT)
                && !task.has(RowBits.RUNS_AT)
                && task.due() == deadlineMs;
    }

    private boolean isRunTime(long instantMs, long sequence) {
        return task.moveTo(sequence) && task.has(RowBits.RUNS_AT) && task.due() == instantMs;
    }

    /** Also while the task runs: it may come back before it expires. */
    private boolean isExpiry(long deadlineMs, long sequence, boolean isDuration) {
        return task.moveTo(sequence)
                && !task.state().isFinal()
                && task.has(RowBits.EXPIRES_IN) == isDuration
                && !task.has(RowBits.EXPIRY_CAME)
                && task.expiry() == deadlineMs;
    }

    private boolean isKeyWindow(long deadlineMs, long sequence) {
        return task.moveTo(sequence)
                && task.keySlot() != IdempotencyIndex.NONE
                && state.keys().isLinked(task.keySlot())
                && state.keys().windowEndMs(task.keySlot()) == deadlineMs;
    }
}
