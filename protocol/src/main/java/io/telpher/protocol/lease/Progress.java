package io.telpher.protocol.lease;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** PROGRESS: how far the attempt is. Answered by TASK_STATE. */
public final class Progress extends Message {
    public Progress() {
        super(MessageType.PROGRESS);
    }

    public Progress wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(
            FrameWriter out, int requestId, long taskId, long leaseId, int percent, String note) {
        return out.begin(MessageType.PROGRESS, requestId)
                .i64(taskId)
                .i64(leaseId)
                .u8(percent)
                .pad()
                .exact(note)
                .end();
    }

    public long taskId() {
        return i64(0);
    }

    public long leaseId() {
        return i64(8);
    }

    /** 0-100. */
    public int percent() {
        return u8(16);
    }

    public String note() {
        return string(0);
    }

    public int noteLength() {
        return varLength(0);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return Problem.first(Problem.within("percent", percent(), 0, 100), atMost(0, "note", Limits.NOTE_BYTES_MAX));
    }
}
