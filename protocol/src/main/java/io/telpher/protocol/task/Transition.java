package io.telpher.protocol.task;

import io.telpher.protocol.TaskState;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** TRANSITION: one step in a task's life. */
public final class Transition extends Message {
    public Transition() {
        super(MessageType.TRANSITION);
    }

    public Transition wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    /** Milliseconds since 1970. */
    public long atMs() {
        return i64(0);
    }

    public long leaseId() {
        return i64(8);
    }

    public int attempt() {
        return i32(16);
    }

    public TaskState from() {
        return TaskState.of(u8(20));
    }

    public TaskState to() {
        return TaskState.of(u8(21));
    }

    /** Who: worker or session. */
    public String by() {
        return string(0);
    }

    /** Why: command, error. */
    public String note() {
        return string(1);
    }

    /** {@code i32 attempt, u8 from, u8 to}, pad, then by, note and {@code end()} follow. */
    public static FrameWriter begin(FrameWriter out, long atMs, long leaseId) {
        return out.begin(MessageType.TRANSITION, 0).i64(atMs).i64(leaseId);
    }
}
