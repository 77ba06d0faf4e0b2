package io.telpher.protocol;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** DLQ_REPLAY: dead tasks are ready again, counters at zero. By ids, or all that the filter finds. Answered by COUNTED. */
public final class DlqReplay extends Message {
    public DlqReplay() {
        super(MessageType.DLQ_REPLAY);
    }

    public DlqReplay wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(
            FrameWriter out,
            int requestId,
            DlqReplay.Options options,
            DlqFilter filter,
            long[] taskIds,
            ByteBuffer patch) {
        out.begin(MessageType.DLQ_REPLAY, requestId)
                .i32(options.limit())
                .i32(options.ratePerSecond())
                .u8(options.dryRun() ? 1 : 0)
                .pad();
        out.var(filter.queue())
                .var(filter.taskType())
                .var(filter.errorContains())
                .beginVar();
        for (long taskId : taskIds) {
            out.rawI64(taskId);
        }
        return out.endVar().var(patch).end();
    }

    public Options options() {
        return new Options(i32(0), i32(4), u8(8) != 0);
    }

    public DlqFilter filter() {
        return new DlqFilter(string(0), string(1), string(2));
    }

    /** Empty = by the filter. */
    public long[] taskIds() {
        return ids(3);
    }

    /** A SUBMIT frame follows at {@link #patchOffset} that takes the place of the one task's own. */
    public boolean hasPatch() {
        return varLength(4) > 0;
    }

    public int patchOffset() {
        return varOffset(4);
    }

    /**
     * @param limit at most so many, 0 = all
     * @param ratePerSecond at most so many a second, 0 = at once
     * @param dryRun only count
     */
    public record Options(int limit, int ratePerSecond, boolean dryRun) {
        public static final Options ALL = new Options(0, 0, false);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        Problem problem = first(
                within("limit", i32(0), 0, Integer.MAX_VALUE),
                within("rate", i32(4), 0, Integer.MAX_VALUE),
                DlqFilter.problem(this),
                idsProblem(3));
        if (problem == null && hasPatch()) {
            problem = patchProblem(limits);
        }
        return problem;
    }

    private @Nullable Problem patchProblem(Limits limits) {
        if (varLength(3) != Long.BYTES) {
            return Problem.bad("a patch goes with exactly one task id");
        }
        return Frame.bytes(buffer(), patchOffset()) != varLength(4)
                ? Problem.bad("a patch is one SUBMIT frame, not several")
                : new Submit().wrap(buffer(), patchOffset()).problem(limits);
    }
}
