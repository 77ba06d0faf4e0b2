package io.telpher.protocol.task;

import io.telpher.protocol.TaskState;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** BATCH_SUBMITTED: one entry per task, in the order submitted. */
public final class BatchSubmitted extends Message {
    public BatchSubmitted() {
        super(MessageType.BATCH_SUBMITTED);
    }

    public BatchSubmitted wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    /** Entries there are, whatever number the frame claims. */
    public int count() {
        return Math.max(0, Math.min(i32(0), varLength(0) / ENTRY_BYTES));
    }

    public long createdAtMs() {
        return i64(8);
    }

    public long taskId(int index) {
        return buffer().getLong(varOffset(0) + index * ENTRY_BYTES);
    }

    public TaskState state(int index) {
        return TaskState.of(buffer().get(varOffset(0) + index * ENTRY_BYTES + Long.BYTES) & 0xFF);
    }

    public boolean duplicate(int index) {
        return buffer().get(varOffset(0) + index * ENTRY_BYTES + Long.BYTES + 1) != 0;
    }

    /** Entry: i64 task id, u8 state, u8 duplicate, 6 bytes 0. */
    public static final int ENTRY_BYTES = 16;

    /** Begins the reply; {@link #entry} follows once per task, then {@code endVar().end()}. */
    public static FrameWriter begin(FrameWriter out, int requestId, int count, long createdAtMs) {
        return out.begin(MessageType.BATCH_SUBMITTED, requestId)
                .i32(count)
                .i32(0)
                .i64(createdAtMs)
                .beginVar();
    }

    public static FrameWriter entry(FrameWriter out, long taskId, TaskState state, boolean duplicate) {
        return out.rawI64(taskId).rawI64(standing(state, duplicate));
    }

    /** The eight bytes of an entry behind the id, as one little-endian i64. */
    public static long standing(TaskState state, boolean duplicate) {
        return state.code() | (duplicate ? 1 << Byte.SIZE : 0);
    }
}
