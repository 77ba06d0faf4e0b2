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

    /** @param filter only its queue, which must be named, and its times */
    public static FrameWriter write(FrameWriter out, int requestId, int limit, DlqFilter filter) {
        return out.begin(MessageType.DLQ_GROUPS, requestId)
                .i32(limit)
                .i32(0)
                .i64(filter.diedAfterMs())
                .i64(filter.diedBeforeMs())
                .var(filter.queue())
                .end();
    }

    public int limit() {
        return i32(0);
    }

    public DlqFilter filter() {
        return DlqFilter.queue(string(0)).died(i64(8), i64(16));
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return first(within("limit", limit(), 1, Limits.LIST_MAX), name(0, "queue"));
    }
}
