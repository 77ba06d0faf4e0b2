package io.telpher.protocol.task;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** CANCEL: a pending task at once; a running one is asked to stop. Answered by TASK_STATE. */
public final class Cancel extends Message {
    public Cancel() {
        super(MessageType.CANCEL);
    }

    public Cancel wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long taskId) {
        return out.begin(MessageType.CANCEL, requestId).i64(taskId).end();
    }

    public long taskId() {
        return i64(0);
    }
}
