package io.telpher.protocol.record;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/**
 * WITHDRAW: the reserve with this request id and session, which waits in several partitions, was served by another one and waits here no
 * more. Nothing when it was served here too. Journal only.
 */
public final class Withdraw extends Message {
    public Withdraw() {
        super(MessageType.WITHDRAW);
    }

    public Withdraw wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId) {
        return out.begin(MessageType.WITHDRAW, requestId).end();
    }
}
