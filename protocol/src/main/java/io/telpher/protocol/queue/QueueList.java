package io.telpher.protocol.queue;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** QUEUES: a page of QUEUE frames. */
public final class QueueList extends Message {
    public QueueList() {
        super(MessageType.QUEUES);
    }

    public QueueList wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public int count() {
        return i32(0);
    }

    /** The QUEUE frames. */
    public Frames queues() {
        return new Frames(buffer(), varOffset(0), varLength(0));
    }

    /** QUEUE frames and {@code endVar().end()} follow. */
    public static FrameWriter begin(FrameWriter out, int requestId, int count) {
        return out.begin(MessageType.QUEUES, requestId).i32(count).pad().beginVar();
    }
}
