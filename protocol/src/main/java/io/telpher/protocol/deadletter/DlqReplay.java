package io.telpher.protocol.deadletter;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** DLQ_REPLAY: dead tasks are ready again, counters at zero. By ids, or all that the filter finds. Answered by COUNTED. */
public final class DlqReplay extends DlqCommand {
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
        return write(out, requestId, options, filter, taskIds, new Patch(patch, false));
    }

    public static FrameWriter write(
            FrameWriter out, int requestId, DlqReplay.Options options, DlqFilter filter, long[] taskIds, Patch patch) {
        out.begin(MessageType.DLQ_REPLAY, requestId)
                .i32(options.limit())
                .i32(options.ratePerSecond())
                .u8(options.dryRun() ? 1 : 0)
                .u8(filter.errorIsFingerprint() ? 1 : 0)
                .u8(patch.contentOnly() ? 1 : 0)
                .u8(patch.merges() ? 1 : 0)
                .i32(options.canary())
                .i64(filter.diedAfterMs())
                .i64(filter.diedBeforeMs());
        out.var(filter.queue()).var(filter.taskType()).exact(filter.error()).beginVar();
        for (long taskId : taskIds) {
            out.rawI64(taskId);
        }
        return out.endVar().var(patch.submit()).end();
    }

    @Override
    public Options options() {
        return new Options(i32(0), i32(4), u8(8) != 0, i32(12));
    }

    /**
     * The SUBMIT that takes the place of the one task's own, or whose payload is merged into those of all.
     *
     * @param submit a SUBMIT frame; empty = it stays
     * @param contentOnly of {@code submit} only payload, content type (when there is one) and headers (when there are some) count; the rest stays
     * @param merges of {@code submit} only the payload counts: a JSON merge patch (RFC 7396) for the payloads of all tasks that are meant
     */
    public record Patch(ByteBuffer submit, boolean contentOnly, boolean merges) {
        public static final Patch NONE = new Patch(ByteBuffer.allocate(0), false);

        public Patch(ByteBuffer submit, boolean contentOnly) {
            this(submit, contentOnly, false);
        }

        /** @param json an object, at most {@link Limits#MERGE_PATCH_BYTES_MAX} */
        public static Patch merge(byte[] json) {
            TaskSpec patch = TaskSpec.type("patch").payload(json);
            return new Patch(Submit.write(new FrameWriter(), 0, patch).written(), false, true);
        }
    }

    /** A SUBMIT frame follows at {@link #patchOffset} that takes the place of the one task's own. */
    public boolean hasPatch() {
        return varLength(4) > 0;
    }

    /** See {@link Patch}. */
    public boolean patchesContentOnly() {
        return u8(10) != 0;
    }

    /** See {@link Patch}. */
    public boolean mergesPatch() {
        return u8(11) != 0;
    }

    public int patchOffset() {
        return varOffset(4);
    }

    /**
     * @param limit tasks at most, 0 = all
     * @param ratePerSecond tasks a second at most, 0 = at once
     * @param dryRun only count
     * @param canary number of tasks to replay first, 0-1000; the others follow only when all of these have completed. 0 = no canary
     */
    public record Options(int limit, int ratePerSecond, boolean dryRun, int canary) {
        public static final Options ALL = new Options(0, 0, false);

        public Options(int limit, int ratePerSecond, boolean dryRun) {
            this(limit, ratePerSecond, dryRun, 0);
        }

        /** It takes a while: the broker does it by itself, and COUNTED names the run. */
        public boolean isRun() {
            return !dryRun && (ratePerSecond > 0 || canary > 0);
        }
    }

    /** A merge patch makes another task of each. */
    @Override
    public boolean isRun() {
        return super.isRun() || mergesPatch() && !options().dryRun();
    }

    @Override
    public FrameWriter write(FrameWriter out, Options options, long[] taskIds) {
        return write(out, requestId(), options, filter(), taskIds, patch());
    }

    private Patch patch() {
        if (!hasPatch()) {
            return Patch.NONE;
        }
        int at = patchOffset();
        ByteBuffer submit =
                buffer().duplicate().limit(at + (int) Frame.bytes(buffer(), at)).position(at);
        return new Patch(submit, patchesContentOnly(), mergesPatch());
    }

    @Override
    public String detail() {
        return super.detail() + (hasPatch() ? ", patched" : "");
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        Problem problem = Problem.first(
                Problem.within("limit", i32(0), 0, Integer.MAX_VALUE),
                Problem.within("rate", i32(4), 0, Integer.MAX_VALUE),
                Problem.within("canary", i32(12), 0, Limits.BATCH_TASKS_MAX),
                DlqFilter.problem(this),
                idsProblem(3));
        if (problem == null && mergesPatch() && (!hasPatch() || patchesContentOnly())) {
            problem = Problem.bad("a merge goes with a patch, and with nothing that replaces the content");
        }
        if (problem == null && hasPatch()) {
            problem = patchProblem(limits);
        }
        return problem;
    }

    private @Nullable Problem patchProblem(Limits limits) {
        if (!mergesPatch() && varLength(3) != Long.BYTES) {
            return Problem.bad("a patch goes with exactly one task id");
        }
        if (Frame.bytes(buffer(), patchOffset()) != varLength(4)) {
            return Problem.bad("a patch is one SUBMIT frame, not several");
        }
        Submit patch = new Submit().wrap(buffer(), patchOffset());
        int bytesMax = mergesPatch() ? Limits.MERGE_PATCH_BYTES_MAX : Limits.PAYLOAD_BYTES_CEILING;
        return Problem.first(
                patch.problem(limits), Problem.within("length of the patch", patch.payloadLength(), 0, bytesMax));
    }
}
