package io.telpher.protocol.task;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** TRANSITIONS: TRANSITION frames, oldest first. */
public final class Transitions extends Message {
    public Transitions() {
        super(MessageType.TRANSITIONS);
    }

    public Transitions wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public long taskId() {
        return i64(0);
    }

    public int count() {
        return i32(8);
    }

    /** Changes before this time are not known, ms since 1970; 0 = all are. */
    public long sinceMs() {
        return i64(16);
    }

    /** The TRANSITION frames. */
    public Frames steps() {
        return new Frames(buffer(), varOffset(0), varLength(0));
    }

    /** TRANSITION frames and {@code endVar().end()} follow. */
    public static FrameWriter begin(FrameWriter out, int requestId, long taskId, int count, long sinceMs) {
        return out.begin(MessageType.TRANSITIONS, requestId)
                .i64(taskId)
                .i32(count)
                .i32(0)
                .i64(sinceMs)
                .beginVar();
    }
}
