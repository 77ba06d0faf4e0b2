package io.telpher.broker.partition.session;

import io.telpher.broker.core.Partition;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskId;

/** What a request is told that is about something which is not there. */
public final class NotFound {
    private NotFound() {}

    public static Problem task(Partition partition, long taskId) {
        return partition.wasPurged(taskId)
                ? new Problem(
                        ErrorCode.TASK_PURGED, "task " + TaskId.format(taskId) + " was removed after its retention")
                : new Problem(ErrorCode.TASK_NOT_FOUND, "there is no task " + TaskId.format(taskId));
    }

    public static Problem queue(String name) {
        return new Problem(ErrorCode.QUEUE_NOT_FOUND, "there is no queue \"" + name + "\"");
    }
}
