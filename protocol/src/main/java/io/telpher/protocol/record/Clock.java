package io.telpher.protocol.record;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** CLOCK: how far the wall clock is ahead of the broker's from here on. Instants go by the wall clock, durations by the broker's. Journal only. */
public final class Clock extends Message {
    public Clock() {
        super(MessageType.CLOCK);
    }

    public Clock wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long wallOffsetMs) {
        return out.begin(MessageType.CLOCK, requestId).i64(wallOffsetMs).end();
    }

    /** Wall time minus the record's stamp, ms; negative when the broker's clock is ahead. */
    public long wallOffsetMs() {
        return i64(0);
    }
}
