package io.telpher.protocol;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** DLQ_GROUPS: dead tasks of a queue counted by what their error looks like. Answered by DLQ_GROUP_LIST. */
public final class DlqGroups extends Message {
    public DlqGroups() {
        super(MessageType.DLQ_GROUPS);
    }

    public DlqGroups wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, int limit, String queue) {
        return out.begin(MessageType.DLQ_GROUPS, requestId)
                .i32(limit)
                .pad()
                .var(queue)
                .end();
    }

    public int limit() {
        return i32(0);
    }

    public String queue() {
        return string(0);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return first(within("limit", limit(), 1, Limits.LIST_MAX), name(0, "queue"));
    }
}
