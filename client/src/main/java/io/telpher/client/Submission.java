package io.telpher.client;

import io.telpher.protocol.Result;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.task.Submitted;
import org.jspecify.annotations.Nullable;

/**
 * The broker has the task: it survives crash and power cut (as far as {@code journal.sync} goes).
 *
 * <pre>{@code
 * Submission order = telpher.submit(TaskSpec.type("order").payload("17").idempotencyKey("order-17"));
 * log.info(order.id() + (order.duplicate() ? " was there already" : " is on the disk"));
 * }</pre>
 *
 * @param duplicate an earlier task with the same idempotency key was found, nothing new was made
 * @param createdAtMs ms since 1970
 * @param result of the earlier task, when it is done and gave one
 */
public record Submission(
        long taskId,
        TaskState state,
        long createdAtMs,
        boolean duplicate,
        @Nullable Result result) {
    static Submission of(Submitted reply) {
        return new Submission(reply.taskId(), reply.state(), reply.createdAtMs(), reply.duplicate(), reply.result());
    }

    /** As people and the HTTP API write it: {@code t-7f3a2}. */
    public String id() {
        return TaskId.format(taskId);
    }
}
