package io.telpher.protocol.session;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** PING: answered by PONG, after everything sent before it was answered by the network side. */
public final class Ping extends Message {
    public Ping() {
        super(MessageType.PING);
    }

    public Ping wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId) {
        return out.begin(MessageType.PING, requestId).end();
    }
}
