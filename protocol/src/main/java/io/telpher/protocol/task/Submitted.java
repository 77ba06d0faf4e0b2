package io.telpher.protocol.task;

import io.telpher.protocol.Result;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** SUBMITTED: the task is durable (as far as {@code journal.sync} goes), or an earlier one with the same idempotency key was found. */
public final class Submitted extends Message {
    public Submitted() {
        super(MessageType.SUBMITTED);
    }

    public Submitted wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(
            FrameWriter out,
            int requestId,
            TaskState state,
            long taskId,
            long createdAtMs,
            @Nullable Result duplicateOf) {
        out.begin(MessageType.SUBMITTED, requestId)
                .i64(taskId)
                .i64(createdAtMs)
                .u8(state.code())
                .u8(duplicateOf == null ? 0 : 1);
        out.u8(duplicateOf != null && duplicateOf.isPresent() ? 1 : 0).pad();
        return duplicateOf == null
                ? out.var("").var("").end()
                : out.var(duplicateOf.contentType()).var(duplicateOf.bytes()).end();
    }

    public long taskId() {
        return i64(0);
    }

    /** Of the task that now exists, in milliseconds since 1970. */
    public long createdAtMs() {
        return i64(8);
    }

    public TaskState state() {
        return TaskState.of(u8(16));
    }

    /** True when the key was known: nothing new was made. */
    public boolean duplicate() {
        return u8(17) != 0;
    }

    /** Of the earlier task, when it is done and gave one. */
    public @Nullable Result result() {
        return u8(18) == 0 ? null : new Result(string(0), ByteBuffer.wrap(bytes(1)), true);
    }
}
