package io.telpher.protocol.task;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** LIST: a page of tasks, newest id last. Answered by TASKS. */
public final class ListTasks extends Message {
    public ListTasks() {
        super(MessageType.LIST);
    }

    public ListTasks wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(
            FrameWriter out, int requestId, long afterTaskId, int limit, int stateMask, String queue, String taskType) {
        return out.begin(MessageType.LIST, requestId)
                .i64(afterTaskId)
                .i32(limit)
                .u16(stateMask)
                .pad()
                .var(queue)
                .var(taskType)
                .end();
    }

    /** Only tasks with a greater id. */
    public long afterTaskId() {
        return i64(0);
    }

    public int limit() {
        return i32(8);
    }

    /** Bit n = state n; 0 = any. */
    public int stateMask() {
        return u16(12);
    }

    /** Empty = any. */
    public String queue() {
        return string(0);
    }

    /** Empty = any. */
    public String taskType() {
        return string(1);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return Problem.first(
                Problem.within("limit", limit(), 1, Limits.LIST_MAX), nameOrEmpty(0, "queue"), nameOrEmpty(1, "type"));
    }
}
