package io.telpher.protocol.record;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
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
        return write(out, requestId, limit, 0);
    }

    /** @param marginMs see {@link #marginMs} */
    public static FrameWriter write(FrameWriter out, int requestId, int limit, int marginMs) {
        return out.begin(MessageType.TICK, requestId).i32(limit).i32(marginMs).end();
    }

    /** Limit of the deadlines that fire. */
    public int limit() {
        return i32(0);
    }

    /**
     * A deadline fires only this many ms behind its time. Stamps are whole milliseconds, rounded down: a deadline counted from such a stamp may be reached
     * up to 1 ms before the time it stands for has passed.
     */
    public int marginMs() {
        return i32(4);
    }
}
