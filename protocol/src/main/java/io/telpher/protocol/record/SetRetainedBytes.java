package io.telpher.protocol.record;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** SET_RETAINED_BYTES: how much room final tasks may take from here on; 0 = any. Journal only. */
public final class SetRetainedBytes extends Message {
    public SetRetainedBytes() {
        super(MessageType.SET_RETAINED_BYTES);
    }

    public SetRetainedBytes wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long bytesMax) {
        return out.begin(MessageType.SET_RETAINED_BYTES, requestId)
                .i64(bytesMax)
                .end();
    }

    public long bytesMax() {
        return i64(0);
    }
}
