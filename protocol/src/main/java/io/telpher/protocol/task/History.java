package io.telpher.protocol.task;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** HISTORY: what happened to a task. Answered by TRANSITIONS. */
public final class History extends Message {
    public History() {
        super(MessageType.HISTORY);
    }

    public History wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long taskId) {
        return out.begin(MessageType.HISTORY, requestId).i64(taskId).end();
    }

    public long taskId() {
        return i64(0);
    }
}
