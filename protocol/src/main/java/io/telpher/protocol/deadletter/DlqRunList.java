package io.telpher.protocol.deadletter;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** DLQ_RUN_LIST: DLQ_RUN frames, the newest first. */
public final class DlqRunList extends Message {
    public DlqRunList() {
        super(MessageType.DLQ_RUN_LIST);
    }

    public DlqRunList wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public int count() {
        return i32(0);
    }

    /** The DLQ_RUN frames. */
    public Frames runs() {
        return new Frames(buffer(), varOffset(0), varLength(0));
    }

    /** DLQ_RUN frames and {@code endVar().end()} follow. */
    public static FrameWriter begin(FrameWriter out, int requestId, int count) {
        return out.begin(MessageType.DLQ_RUN_LIST, requestId).i32(count).pad().beginVar();
    }
}
