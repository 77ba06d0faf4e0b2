package io.telpher.protocol.admin;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** SNAPSHOT: take one now. Answered by COUNTED with the records it covers. */
public final class Snapshot extends Message {
    public Snapshot() {
        super(MessageType.SNAPSHOT);
    }

    public Snapshot wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId) {
        return out.begin(MessageType.SNAPSHOT, requestId).end();
    }
}
