package io.telpher.broker.partition.history;

import io.telpher.broker.core.state.LastOutcome;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.TaskState;
import org.jspecify.annotations.Nullable;

/**
 * One change of a task's state, as it was when it happened.
 *
 * @param atMs ms since 1970
 * @param errorLocation of the NACK that the task's last outcome came from; {@link TaskCursor#NO_FRAME} = its last outcome is none
 * @param error what that NACK says, where it is known already
 */
public record TaskStep(
        long atMs,
        long leaseId,
        int attempts,
        TaskState from,
        TaskState to,
        LastOutcome outcome,
        int crashes,
        String worker,
        long errorLocation,
        @Nullable String error) {

    /** @param task in its new state */
    static TaskStep of(TaskCursor task, TaskState before, long nowMs, @Nullable String error) {
        LastOutcome outcome = task.lastOutcome();
        return new TaskStep(
                nowMs,
                task.leaseId(),
                task.attempts(),
                before,
                task.state(),
                outcome,
                task.crashes(),
                task.worker(),
                outcome.hasErrorFrame() ? task.outcomeLocation() : TaskCursor.NO_FRAME,
                error);
    }

    /** Of a task that was never leased. */
    static TaskStep became(long atMs, TaskState from, TaskState to) {
        return new TaskStep(atMs, 0, 0, from, to, LastOutcome.NONE, 0, "", TaskCursor.NO_FRAME, null);
    }

    static TaskStep made(long atMs, TaskState as) {
        return became(atMs, TaskState.NONE, as);
    }

    /** @param attempt the step with which the attempt began that this one ends, or itself */
    String note(TaskStep attempt) {
        if (from == TaskState.NONE) {
            return "submitted";
        }
        if (from != TaskState.ACTIVE) {
            return "";
        }
        if (crashes > attempt.crashes) {
            return crash();
        }
        if (attempts < attempt.attempts && outcome != LastOutcome.UNREADABLE) {
            return "released";
        }
        return switch (to) {
            case COMPLETED -> "acknowledged";
            case CANCELLED -> "cancelled";
            case READY, RETRY_WAIT, DEAD, EXPIRED -> outcome.hasErrorFrame() ? TaskSteps.FAILED : crash();
            default -> "";
        };
    }

    private String crash() {
        return switch (outcome) {
            case LEASE_RAN_OUT -> "the lease ran out";
            case CONNECTION_CLOSED -> "the worker's connection closed";
            default -> "";
        };
    }
}
