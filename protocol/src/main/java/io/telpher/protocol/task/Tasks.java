package io.telpher.protocol.task;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
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

    /** With dead letters the place of that task in the order of deaths; 0 with others, at the end, and where the next partition begins. */
    public long nextPlace() {
        return i64(16);
    }

    /** Number of tasks that a search looked at for this page; 0 for lists. */
    public long looked() {
        return i64(24);
    }

    public int count() {
        return i32(8);
    }

    /** The TASK frames. */
    public Frames tasks() {
        return new Frames(buffer(), varOffset(0), varLength(0));
    }

    /** TASK frames and {@code endVar().end()} follow. */
    public static FrameWriter begin(FrameWriter out, int requestId, long nextAfter, long nextPlace, int count) {
        return begin(out, requestId, nextAfter, nextPlace, count, 0);
    }

    /**
     * The same after a search.
     *
     * @param looked number of tasks that were looked at
     */
    public static FrameWriter begin(
            FrameWriter out, int requestId, long nextAfter, long nextPlace, int count, long looked) {
        return out.begin(MessageType.TASKS, requestId)
                .i64(nextAfter)
                .i32(count)
                .i32(0)
                .i64(nextPlace)
                .i64(looked)
                .beginVar();
    }
}
