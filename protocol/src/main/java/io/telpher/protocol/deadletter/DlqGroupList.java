package io.telpher.protocol.deadletter;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** DLQ_GROUP_LIST: DLQ_GROUP frames, the largest first. */
public final class DlqGroupList extends Message {
    public DlqGroupList() {
        super(MessageType.DLQ_GROUP_LIST);
    }

    public DlqGroupList wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public int count() {
        return i32(0);
    }

    /** The DLQ_GROUP frames. */
    public Frames groups() {
        return new Frames(buffer(), varOffset(0), varLength(0));
    }

    /** DLQ_GROUP frames and {@code endVar().end()} follow. */
    public static FrameWriter begin(FrameWriter out, int requestId, int count) {
        return out.begin(MessageType.DLQ_GROUP_LIST, requestId).i32(count).pad().beginVar();
    }
}
