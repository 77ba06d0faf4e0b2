package io.telpher.broker.core.state;

import io.telpher.protocol.TaskState;

/** Which entries of the heaps still mean something. */
final class Liveness {
    private final PartitionState state;
    private final TaskCursor task;
    private final TimerHeap.Liveness timers = this::isTimer;
    private final TimerHeap.Liveness expiries = this::isExpiry;
    private final TimerHeap.Liveness keyWindows = this::isKeyWindow;

    Liveness(PartitionState state) {
        this.state = state;
        this.task = state.newCursor();
    }

    TimerHeap.Liveness timers() {
        return timers;
    }

    TimerHeap.Liveness expiries() {
        return expiries;
    }

    TimerHeap.Liveness keyWindows() {
        return keyWindows;
    }

    private boolean isTimer(long deadlineMs, long sequence) {
        if (!task.moveTo(sequence)) {
            return false;
        }
        TaskState is = task.state();
        return (is == TaskState.SCHEDULED || is == TaskState.RETRY_WAIT) && task.due() == deadlineMs;
    }

    /** Also while the task runs: it may come back before it expires. */
    private boolean isExpiry(long deadlineMs, long sequence) {
        return task.moveTo(sequence) && !task.state().isFinal() && task.expiresAtMs() == deadlineMs;
    }

    private boolean isKeyWindow(long deadlineMs, long sequence) {
        return task.moveTo(sequence)
                && task.keySlot() != IdempotencyIndex.NONE
                && state.keys().windowEndMs(task.keySlot()) == deadlineMs;
    }
}
