package io.telpher.protocol.record;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** HANDED_OVER: another partition has what this one handed over, and has it on its disk. Journal only. */
public final class HandedOver extends Message {
    public HandedOver() {
        super(MessageType.HANDED_OVER);
    }

    public HandedOver wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, long number) {
        return out.begin(MessageType.HANDED_OVER, 0).i64(number).end();
    }

    public long number() {
        return i64(0);
    }
}
