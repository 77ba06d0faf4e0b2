package io.telpher.protocol.queue;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** LIST_QUEUES: in the order of their names, after the named one. Answered by QUEUES. */
public final class ListQueues extends Message {
    public ListQueues() {
        super(MessageType.LIST_QUEUES);
    }

    public ListQueues wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, int limit, String after) {
        return out.begin(MessageType.LIST_QUEUES, requestId)
                .i32(limit)
                .pad()
                .var(after)
                .end();
    }

    public int limit() {
        return i32(0);
    }

    /** Empty = from the first. */
    public String after() {
        return string(0);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return Problem.first(Problem.within("limit", limit(), 1, Limits.LIST_MAX), nameOrEmpty(0, "after"));
    }
}
