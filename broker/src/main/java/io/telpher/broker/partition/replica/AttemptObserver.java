package io.telpher.broker.partition.replica;

import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.state.LastOutcome;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.protocol.TaskState;
import java.util.function.LongSupplier;

/** Is told when attempts begin and end, on the thread of the queue's partition: so it must be quick. */
public interface AttemptObserver {
    /** How an attempt ended, as figures show it. */
    enum End {
        ACKED,
        NACKED,
        LEASE_RAN_OUT,
        /** Released by its worker, or the worker's connection closed and it did not come back. */
        RETURNED,
        CANCELLED
    }

    /** A task was made. */
    void submitted(String queue);

    /** @param waitedMs since the task was ready */
    void began(String queue, long waitedMs);

    /** @param ranMs since it was leased */
    void ended(String queue, End end, long ranMs);

    /** A task joined the queue's dead letters. */
    void died(String queue);

    /** The queue is there no more. */
    void deleted(String queue);

    /** @param clock ms since 1970, as the broker's records have it */
    static TransitionListener listener(AttemptObserver observer, LongSupplier clock) {
        return new TransitionListener() {
            @Override
            public void moved(TaskCursor task, TaskState from) {
                if (from == TaskState.NONE) {
                    observer.submitted(task.queue());
                } else if (from == TaskState.ACTIVE) {
                    observer.ended(task.queue(), end(task), Math.max(0, clock.getAsLong() - task.startedStampMs()));
                }
                switch (task.state()) {
                    case ACTIVE -> observer.began(task.queue(), Math.max(0, task.waitedMs()));
                    case DEAD -> observer.died(task.queue());
                    default -> {
                        // Nothing that is counted here.
                    }
                }
            }

            @Override
            public void deleted(TaskQueue queue) {
                observer.deleted(queue.name());
            }
        };
    }

    private static End end(TaskCursor task) {
        return switch (task.state()) {
            case COMPLETED -> End.ACKED;
            case CANCELLED -> End.CANCELLED;
            case READY -> End.RETURNED;
            default -> endedOtherwise(task);
        };
    }

    private static End endedOtherwise(TaskCursor task) {
        LastOutcome outcome = task.lastOutcome();
        if (outcome.hasErrorFrame()) {
            return End.NACKED;
        }
        return outcome == LastOutcome.CONNECTION_CLOSED ? End.RETURNED : End.LEASE_RAN_OUT;
    }
}
