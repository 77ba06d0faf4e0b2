package io.telpher.protocol;

import java.nio.ByteBuffer;

/** TICK: says what time it is; deadlines fire only because of it. Journal only. */
public final class Tick extends Message {
    public Tick() {
        super(MessageType.TICK);
    }

    public Tick wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, int limit) {
        return out.begin(MessageType.TICK, requestId).i32(limit).pad().end();
    }

    /** At most so many deadlines fire. */
    public int limit() {
        return i32(0);
    }
}
