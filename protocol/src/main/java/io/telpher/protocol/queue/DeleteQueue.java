package io.telpher.protocol.queue;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * DELETE_QUEUE: removes the queue. Refused while it holds tasks that are pending, running or dead; with purge, pending ones are cancelled and dead
 * ones discarded before. Answered by COUNTED with the number of these tasks.
 */
public final class DeleteQueue extends Message {
    private static final int PURGE = 1;

    public DeleteQueue() {
        super(MessageType.DELETE_QUEUE);
    }

    public DeleteQueue wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, String queue, boolean purge) {
        return write(out, requestId, queue, purge, 0, 0);
    }

    /** With purge: of the tasks behind the one id, up to and with the other. */
    public static FrameWriter write(
            FrameWriter out, int requestId, String queue, boolean purge, long afterTaskId, long upToTaskId) {
        return out.begin(MessageType.DELETE_QUEUE, requestId)
                .i32(purge ? PURGE : 0)
                .i32(0)
                .i64(afterTaskId)
                .i64(upToTaskId)
                .var(queue)
                .end();
    }

    /** Pending and dead tasks go first. */
    public boolean purge() {
        return (i32(0) & PURGE) != 0;
    }

    /** Of a purge: only tasks that were submitted after this one; 0 = any. */
    public long afterTaskId() {
        return i64(8);
    }

    /** Of a purge: only this task and those that were submitted before it, and the queue stays; 0 = any, and then the queue goes. */
    public long upToTaskId() {
        return i64(16);
    }

    public String queue() {
        return string(0);
    }

    @Override
    public String detail() {
        return purge() ? "with its tasks" : "";
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        Problem problem = name(0, "queue");
        boolean isPart = afterTaskId() != 0 || upToTaskId() != 0;
        return problem == null && isPart && !purge() ? Problem.bad("a range of task ids belongs to a purge") : problem;
    }
}
