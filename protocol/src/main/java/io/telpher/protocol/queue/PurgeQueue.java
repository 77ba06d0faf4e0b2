package io.telpher.protocol.queue;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** PURGE_QUEUE: cancels pending tasks, at most limit of them; running and dead ones stay. Answered by COUNTED. */
public final class PurgeQueue extends Message {
    public PurgeQueue() {
        super(MessageType.PURGE_QUEUE);
    }

    public PurgeQueue wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, String queue, int limit) {
        return write(out, requestId, queue, limit, 0, 0);
    }

    /** Of the tasks behind the one id, up to and with the other. */
    public static FrameWriter write(
            FrameWriter out, int requestId, String queue, int limit, long afterTaskId, long upToTaskId) {
        return out.begin(MessageType.PURGE_QUEUE, requestId)
                .i32(limit)
                .i32(0)
                .i64(afterTaskId)
                .i64(upToTaskId)
                .var(queue)
                .end();
    }

    /** 0 = all. */
    public int limit() {
        return i32(0);
    }

    /** Only tasks that were submitted after this one; 0 = any. */
    public long afterTaskId() {
        return i64(8);
    }

    /** Only this task and those that were submitted before it; 0 = any. */
    public long upToTaskId() {
        return i64(16);
    }

    public String queue() {
        return string(0);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return Problem.first(Problem.within("limit", limit(), 0, Integer.MAX_VALUE), name(0, "queue"));
    }
}
