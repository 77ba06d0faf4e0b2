package io.telpher.protocol.deadletter;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** DLQ_RUNS: replays that take a while, by rate or behind a canary, and how far they are. Answered by DLQ_RUN_LIST. */
public final class DlqRuns extends Message {
    public DlqRuns() {
        super(MessageType.DLQ_RUNS);
    }

    public DlqRuns wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    /** @param queue empty = of all queues */
    public static FrameWriter write(FrameWriter out, int requestId, int limit, String queue) {
        return out.begin(MessageType.DLQ_RUNS, requestId)
                .i32(limit)
                .pad()
                .var(queue)
                .end();
    }

    public int limit() {
        return i32(0);
    }

    /** Empty = any. */
    public String queue() {
        return string(0);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return Problem.first(Problem.within("limit", limit(), 1, Limits.LIST_MAX), nameOrEmpty(0, "queue"));
    }
}
