package io.telpher.protocol.record;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** QUEUE_MAKER: in whose name the record's session makes queues from here on. Right before a record that may make one. Journal only. */
public final class QueueMaker extends Message {
    public QueueMaker() {
        super(MessageType.QUEUE_MAKER);
    }

    public QueueMaker wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long maker) {
        return out.begin(MessageType.QUEUE_MAKER, requestId).i64(maker).end();
    }

    /** A hash of the client's name or address, the same in all partitions. */
    public long maker() {
        return i64(0);
    }
}
