package io.telpher.protocol.record;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** END_WAITS: the broker stops, and reserves that wait are answered with nothing. Journal only. */
public final class EndWaits extends Message {
    public EndWaits() {
        super(MessageType.END_WAITS);
    }

    public EndWaits wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, int limit) {
        return out.begin(MessageType.END_WAITS, requestId).i32(limit).pad().end();
    }

    /** Limit of the waits that end by this record; those with the nearest deadline end first. */
    public int limit() {
        return i32(0);
    }
}
