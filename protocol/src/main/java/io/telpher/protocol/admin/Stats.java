package io.telpher.protocol.admin;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** STATS. Answered by BROKER_STATS. */
public final class Stats extends Message {
    public Stats() {
        super(MessageType.STATS);
    }

    public Stats wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId) {
        return out.begin(MessageType.STATS, requestId).end();
    }
}
