package io.telpher.protocol.task;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** WHY: why a task is not running, or where it runs. Answered by EXPLANATION. */
public final class Why extends Message {
    public Why() {
        super(MessageType.WHY);
    }

    public Why wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long taskId) {
        return out.begin(MessageType.WHY, requestId).i64(taskId).end();
    }

    public long taskId() {
        return i64(0);
    }
}
