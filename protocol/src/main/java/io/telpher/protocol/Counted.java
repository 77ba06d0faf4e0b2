package io.telpher.protocol;

import java.nio.ByteBuffer;

/** COUNTED: how many tasks a command touched. */
public final class Counted extends Message {
    public Counted() {
        super(MessageType.COUNTED);
    }

    public Counted wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long count) {
        return out.begin(MessageType.COUNTED, requestId).i64(count).end();
    }

    public long count() {
        return i64(0);
    }
}
