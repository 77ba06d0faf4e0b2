package io.telpher.protocol;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** DLQ_DISCARD: gives dead tasks up for good. By ids, or all that the filter finds. Answered by COUNTED. */
public final class DlqDiscard extends Message {
    public DlqDiscard() {
        super(MessageType.DLQ_DISCARD);
    }

    public DlqDiscard wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(
            FrameWriter out, int requestId, DlqReplay.Options options, DlqFilter filter, long[] taskIds) {
        out.begin(MessageType.DLQ_DISCARD, requestId)
                .i32(options.limit())
                .i32(0)
                .u8(options.dryRun() ? 1 : 0)
                .pad();
        out.var(filter.queue())
                .var(filter.taskType())
                .var(filter.errorContains())
                .beginVar();
        for (long taskId : taskIds) {
            out.rawI64(taskId);
        }
        return out.endVar().end();
    }

    public DlqReplay.Options options() {
        return new DlqReplay.Options(i32(0), 0, u8(8) != 0);
    }

    public DlqFilter filter() {
        return new DlqFilter(string(0), string(1), string(2));
    }

    /** Empty = by the filter. */
    public long[] taskIds() {
        return ids(3);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return first(within("limit", i32(0), 0, Integer.MAX_VALUE), DlqFilter.problem(this), idsProblem(3));
    }
}
