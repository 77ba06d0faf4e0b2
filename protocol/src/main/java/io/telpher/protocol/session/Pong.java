package io.telpher.protocol.session;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** PONG. */
public final class Pong extends Message {
    public Pong() {
        super(MessageType.PONG);
    }

    public Pong wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId) {
        return out.begin(MessageType.PONG, requestId).end();
    }
}
