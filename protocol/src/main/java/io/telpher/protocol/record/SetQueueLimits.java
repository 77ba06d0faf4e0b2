package io.telpher.protocol.record;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** SET_QUEUE_LIMITS: how many queues there may be, and how long those stay that nothing needs. Journal only. */
public final class SetQueueLimits extends Message {
    public SetQueueLimits() {
        super(MessageType.SET_QUEUE_LIMITS);
    }

    public SetQueueLimits wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(
            FrameWriter out, int requestId, int queuesMax, int queuesPerClientMax, long idleTtlMs) {
        return out.begin(MessageType.SET_QUEUE_LIMITS, requestId)
                .i32(queuesMax)
                .i32(queuesPerClientMax)
                .i64(idleTtlMs)
                .end();
    }

    public int queuesMax() {
        return i32(0);
    }

    public int queuesPerClientMax() {
        return i32(4);
    }

    /** 0 = for ever. */
    public long idleTtlMs() {
        return i64(8);
    }
}
