package io.telpher.protocol.lease;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** EXTEND: renews the lease from now on, and binds it to this connection. Answered by TASK_STATE. */
public final class Extend extends Message {
    public Extend() {
        super(MessageType.EXTEND);
    }

    public Extend wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(
            FrameWriter out, int requestId, long taskId, long leaseId, int visibilityTimeoutMs) {
        return write(out, requestId, taskId, leaseId, visibilityTimeoutMs, false);
    }

    /** @param notStarted see {@link #notStarted} */
    public static FrameWriter write(
            FrameWriter out, int requestId, long taskId, long leaseId, int visibilityTimeoutMs, boolean notStarted) {
        return out.begin(MessageType.EXTEND, requestId)
                .i64(taskId)
                .i64(leaseId)
                .i32(visibilityTimeoutMs)
                .u8(notStarted ? 1 : 0)
                .pad()
                .end();
    }

    public long taskId() {
        return i64(0);
    }

    public long leaseId() {
        return i64(8);
    }

    /** 0 = as long as before. */
    public int visibilityTimeoutMs() {
        return i32(16);
    }

    /** The worker has the task in hand but has not begun with it: an attempt that ends with the connection does not count. */
    public boolean notStarted() {
        return u8(20) != 0;
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return visibilityTimeoutMs() == 0 ? null : Submit.visibilityProblem(visibilityTimeoutMs());
    }
}
