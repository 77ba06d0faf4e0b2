package io.telpher.protocol.deadletter;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** DLQ_GROUPS: dead tasks of a queue counted by what their error looks like. Answered by DLQ_GROUP_LIST. */
public final class DlqGroups extends Message {
    private static final int TIMES = 8;

    public DlqGroups() {
        super(MessageType.DLQ_GROUPS);
    }

    public DlqGroups wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    /**
     * @param filter must name a queue
     * @param byType whether those of each type are counted apart
     */
    public static FrameWriter write(FrameWriter out, int requestId, int limit, DlqFilter filter, boolean byType) {
        return out.begin(MessageType.DLQ_GROUPS, requestId)
                .i32(limit)
                .u8(filter.errorIsFingerprint() ? 1 : 0)
                .u8(byType ? 1 : 0)
                .u16(0)
                .i64(filter.diedAfterMs())
                .i64(filter.diedBeforeMs())
                .var(filter.queue())
                .var(filter.taskType())
                .exact(filter.error())
                .end();
    }

    public int limit() {
        return i32(0);
    }

    /** Else those of all types whose errors look alike are counted together. */
    public boolean byType() {
        return u8(5) != 0;
    }

    public DlqFilter filter() {
        return DlqFilter.of(this, u8(4) != 0, TIMES);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return Problem.first(
                Problem.within("limit", limit(), 1, Limits.LIST_MAX), name(0, "queue"), DlqFilter.problem(this));
    }
}
