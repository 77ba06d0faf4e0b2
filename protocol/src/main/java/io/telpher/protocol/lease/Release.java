package io.telpher.protocol.lease;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** RELEASE: the worker gives the task back unworked; the attempt does not count. Answered by TASK_STATE. */
public final class Release extends Message {
    public Release() {
        super(MessageType.RELEASE);
    }

    public Release wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long taskId, long leaseId) {
        return out.begin(MessageType.RELEASE, requestId)
                .i64(taskId)
                .i64(leaseId)
                .end();
    }

    public long taskId() {
        return i64(0);
    }

    public long leaseId() {
        return i64(8);
    }
}
