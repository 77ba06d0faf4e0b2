package io.telpher.protocol.task;

import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** TASK_STATE: how the task stands after cancel, ack, nack, release, extend or progress. */
public final class TaskStateReply extends Message {
    public TaskStateReply() {
        super(MessageType.TASK_STATE);
    }

    public TaskStateReply wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public long taskId() {
        return i64(0);
    }

    /** The lease that is held, 0 when none is. */
    public long leaseId() {
        return i64(8);
    }

    /** When it can run again, 0 when that is now or never. Milliseconds since 1970. */
    public long nextRunAtMs() {
        return i64(16);
    }

    /** When the lease runs out, 0 when none is held. Milliseconds since 1970. */
    public long leaseDeadlineMs() {
        return i64(24);
    }

    public TaskState state() {
        return TaskState.of(u8(32));
    }

    /** The worker should stop. */
    public boolean cancelRequested() {
        return u8(33) != 0;
    }

    /** Ids of the follow-up tasks that the ack made. */
    public long[] followUpIds() {
        return ids(0);
    }

    /** Begins the reply up to its follow-up ids, which {@code rawI64} adds; then {@code endVar().end()}. */
    public static FrameWriter begin(FrameWriter out, int requestId, TaskView task) {
        return out.begin(MessageType.TASK_STATE, requestId)
                .i64(task.taskId)
                .i64(task.leaseId)
                .i64(task.nextRunAtMs)
                .i64(task.leaseDeadlineMs)
                .u8(task.state.code())
                .u8(task.cancelRequested ? 1 : 0)
                .pad()
                .beginVar();
    }
}
