package io.telpher.protocol.admin;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** WORKER_LIST: WORKER frames. */
public final class WorkerList extends Message {
    public WorkerList() {
        super(MessageType.WORKER_LIST);
    }

    public WorkerList wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public int count() {
        return i32(0);
    }

    /** The WORKER frames. */
    public Frames workers() {
        return new Frames(buffer(), varOffset(0), varLength(0));
    }

    /** WORKER frames and {@code endVar().end()} follow. */
    public static FrameWriter begin(FrameWriter out, int requestId, int count) {
        return out.begin(MessageType.WORKER_LIST, requestId).i32(count).pad().beginVar();
    }
}
