package io.telpher.protocol.record;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/**
 * HAND_OVER: tasks that a batch or an acknowledgement in another partition, which counts already, has for queues of this one. Numbers of
 * one source only grow, so that one handed over again is known. Journal only.
 */
public final class HandOver extends Message {
    public HandOver() {
        super(MessageType.HAND_OVER);
    }

    public HandOver wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    /**
     * Begins the frame up to its tasks, which {@code raw} adds as SUBMIT frames; then {@code endVar().end()}.
     *
     * @param maker see {@link #maker}
     */
    public static FrameWriter begin(FrameWriter out, int source, long number, long maker) {
        return out.begin(MessageType.HAND_OVER, 0)
                .i64(number)
                .i32(source)
                .i32(0)
                .i64(maker)
                .beginVar();
    }

    public long number() {
        return i64(0);
    }

    /** The partition that hands over. */
    public int source() {
        return i32(8);
    }

    /** The maker of queues that are missing, see {@link QueueMaker}; 0 = a maker without share and limit. */
    public long maker() {
        return i64(16);
    }

    /** The SUBMIT frames, in order. */
    public Frames tasks() {
        return new Frames(buffer(), varOffset(0), varLength(0));
    }
}
