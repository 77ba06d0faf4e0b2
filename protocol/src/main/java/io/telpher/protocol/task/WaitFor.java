package io.telpher.protocol.task;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** WAIT: holds the reply until the task is final, or for waitMs; then answers like GET. */
public final class WaitFor extends Message {
    public WaitFor() {
        super(MessageType.WAIT);
    }

    public WaitFor wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long taskId, int waitMs) {
        return out.begin(MessageType.WAIT, requestId)
                .i64(taskId)
                .i32(waitMs)
                .pad()
                .end();
    }

    public long taskId() {
        return i64(0);
    }

    /** 0-60,000. */
    public int waitMs() {
        return i32(8);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return Problem.within("wait_ms", waitMs(), 0, Limits.RESERVE_WAIT_MS_MAX);
    }
}
