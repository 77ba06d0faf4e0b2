package io.telpher.protocol.deadletter;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** DLQ_DISCARD: gives dead tasks up for good. By ids, or all that the filter finds. Answered by COUNTED. */
public final class DlqDiscard extends DlqCommand {
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
                .u8(filter.errorIsFingerprint() ? 1 : 0)
                .u16(0)
                .i32(0)
                .i64(filter.diedAfterMs())
                .i64(filter.diedBeforeMs());
        out.var(filter.queue()).var(filter.taskType()).exact(filter.error()).beginVar();
        for (long taskId : taskIds) {
            out.rawI64(taskId);
        }
        return out.endVar().end();
    }

    /** Without rate and canary: what is given up is given up at once. */
    @Override
    public DlqReplay.Options options() {
        return new DlqReplay.Options(i32(0), 0, u8(8) != 0);
    }

    @Override
    public FrameWriter write(FrameWriter out, DlqReplay.Options options, long[] taskIds) {
        return write(out, requestId(), options, filter(), taskIds);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return Problem.first(
                Problem.within("limit", i32(0), 0, Integer.MAX_VALUE), DlqFilter.problem(this), idsProblem(3));
    }
}
