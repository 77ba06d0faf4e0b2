package io.telpher.protocol.task;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** GET: a task as it stands. Answered by TASK. */
public final class Get extends Message {
    public Get() {
        super(MessageType.GET);
    }

    public Get wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long taskId, boolean withPayload) {
        return out.begin(MessageType.GET, requestId)
                .i64(taskId)
                .u8(withPayload ? 1 : 0)
                .pad()
                .end();
    }

    public long taskId() {
        return i64(0);
    }

    /** Whether headers and payload are wanted too. */
    public boolean withPayload() {
        return u8(8) != 0;
    }
}
