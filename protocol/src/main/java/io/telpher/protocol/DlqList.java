package io.telpher.protocol;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** DLQ_LIST: dead tasks, the longest dead first. Answered by TASKS. */
public final class DlqList extends Message {
    public DlqList() {
        super(MessageType.DLQ_LIST);
    }

    public DlqList wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long afterTaskId, int limit, DlqFilter filter) {
        return out.begin(MessageType.DLQ_LIST, requestId)
                .i64(afterTaskId)
                .i32(limit)
                .pad()
                .var(filter.queue())
                .var(filter.taskType())
                .var(filter.errorContains())
                .end();
    }

    /** The last id of the page before; 0 = from the first. */
    public long afterTaskId() {
        return i64(0);
    }

    public int limit() {
        return i32(8);
    }

    public DlqFilter filter() {
        return new DlqFilter(string(0), string(1), string(2));
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return first(within("limit", limit(), 1, Limits.LIST_MAX), DlqFilter.problem(this));
    }
}
