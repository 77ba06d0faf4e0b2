package io.telpher.protocol.record;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** SET_RETENTION: how long final tasks are kept from here on. Journal only. */
public final class SetRetention extends Message {
    public SetRetention() {
        super(MessageType.SET_RETENTION);
    }

    public SetRetention wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long retentionMs) {
        return out.begin(MessageType.SET_RETENTION, requestId).i64(retentionMs).end();
    }

    public long retentionMs() {
        return i64(0);
    }
}
