package io.telpher.protocol;

import java.nio.ByteBuffer;

/** DISCONNECT: the session of this record is over. Journal only. */
public final class Disconnect extends Message {
    public Disconnect() {
        super(MessageType.DISCONNECT);
    }

    public Disconnect wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId) {
        return out.begin(MessageType.DISCONNECT, requestId).end();
    }
}
