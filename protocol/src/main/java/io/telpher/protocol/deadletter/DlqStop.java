package io.telpher.protocol.deadletter;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** DLQ_STOP: a run replays nothing more. Answered by DLQ_RUN, also when it was over before; TASK_NOT_FOUND when there is no such run. */
public final class DlqStop extends Message {
    public DlqStop() {
        super(MessageType.DLQ_STOP);
    }

    public DlqStop wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long runId) {
        return out.begin(MessageType.DLQ_STOP, requestId).i64(runId).end();
    }

    public long runId() {
        return i64(0);
    }

    @Override
    public String detail() {
        return "run " + runId();
    }
}
