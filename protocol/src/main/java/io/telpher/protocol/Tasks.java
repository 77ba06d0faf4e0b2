package io.telpher.protocol;

import java.nio.ByteBuffer;

/** TASKS: a page of TASK frames. */
public final class Tasks extends Message {
    public Tasks() {
        super(MessageType.TASKS);
    }

    public Tasks wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    /** Ask again after this id; 0 at the end. */
    public long nextAfter() {
        return i64(0);
    }

    public int count() {
        return i32(8);
    }

    /** The TASK frames. */
    public Frames tasks() {
        return new Frames(buffer(), varOffset(0), varLength(0));
    }

    /** TASK frames and {@code endVar().end()} follow. */
    public static FrameWriter begin(FrameWriter out, int requestId, long nextAfter, int count) {
        return out.begin(MessageType.TASKS, requestId)
                .i64(nextAfter)
                .i32(count)
                .pad()
                .beginVar();
    }
}
