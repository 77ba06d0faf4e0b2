package io.telpher.broker.partition.deadletter;

import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.partition.payload.MergePatch;
import io.telpher.protocol.Limits;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.deadletter.DlqDiscard;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.deadletter.DlqRun;
import io.telpher.protocol.deadletter.DlqRun.State;
import io.telpher.protocol.frame.FrameWriter;
import java.nio.ByteBuffer;
import org.agrona.collections.LongArrayList;
import org.agrona.collections.LongHashSet;
import org.jspecify.annotations.Nullable;

/** A replay or discard that goes on over many duty cycles: it looks for what its filter means, then commands it in pieces, each a record of its own. */
public final class ReplayRun {
    private static final double MS = 1_000;
    private static final ByteBuffer NO_PATCH = ByteBuffer.allocate(0);

    public final int number;
    public final long id;
    final boolean isReplay;
    public final DlqFilter filter;
    public final DlqReplay.Options options;
    private final long startedAtMs;
    private final @Nullable MergePatch patch;
    private final PatchFailures unpatched = new PatchFailures();
    private final LongArrayList ids = new LongArrayList();
    private final LongHashSet canaries = new LongHashSet();
    private long matchedBefore;
    private State state = State.LOOKING;
    private String note = "";
    private long endedAtMs;
    private double nextDueMs;
    private int next;
    private long share = Long.MAX_VALUE;
    private int canary;
    private int underWay;
    private long replayed;
    private long skipped;
    private int canaryCompleted;
    private int canaryFailed;

    public ReplayRun(
            int number,
            long id,
            boolean isReplay,
            DlqFilter filter,
            DlqReplay.Options options,
            @Nullable MergePatch patch,
            long nowMs) {
        this.patch = patch;
        this.number = number;
        this.id = id;
        this.isReplay = isReplay;
        this.filter = filter;
        this.options = options;
        this.startedAtMs = nowMs;
        this.nextDueMs = nowMs;
    }

    /** One that the broker's last run left; it is over. */
    static ReplayRun interrupted(int number, DlqRun seen, long nowMs) {
        DlqFilter filter = new DlqFilter(seen.queue(), seen.taskType(), seen.error(), seen.errorIsFingerprint(), 0, 0);
        DlqReplay.Options options = new DlqReplay.Options(0, seen.ratePerSecond(), false, seen.canary());
        ReplayRun run = new ReplayRun(number, seen.runId(), true, filter, options, null, seen.startedAtMs());
        run.matchedBefore = seen.matched();
        run.replayed = seen.replayed();
        run.skipped = seen.skipped();
        run.canaryCompleted = seen.canaryCompleted();
        run.canaryFailed = seen.canaryFailed();
        run.state = seen.state().isOver() ? seen.state() : State.INTERRUPTED;
        run.endedAtMs = seen.state().isOver() ? seen.endedAtMs() : nowMs;
        String before = seen.note().isEmpty() ? "" : "; before that: " + seen.note();
        run.note = seen.state().isOver()
                ? seen.note()
                : "the broker stopped; the tasks not replayed are still dead" + before;
        return run;
    }

    /** It goes on by itself, and who asked for it is told its id at once. */
    public boolean isRun() {
        return options.isRun() || patch != null && !options.dryRun();
    }

    /** The merge patch for each payload. */
    @Nullable
    public MergePatch patch() {
        return patch;
    }

    /** Tasks whose payloads can't be patched. */
    public PatchFailures unpatched() {
        return unpatched;
    }

    public State state() {
        return state;
    }

    /** Why it ended, for people. */
    public String note() {
        return note;
    }

    public long matched() {
        return matchedBefore + size();
    }

    public long replayed() {
        return replayed;
    }

    /** A dead task that the filter means; false = no more are wanted. */
    public boolean found(TaskCursor task) {
        ids.addLong(task.taskId());
        return options.limit() == 0 || ids.size() < options.limit();
    }

    private int size() {
        return (int) Math.min(ids.size(), share);
    }

    /**
     * All that is meant was found.
     *
     * @param most limit of the tasks to replay; with several partitions it is one for all
     * @param ahead number of them that are the canary
     */
    public void begin(long most, int ahead, long nowMs) {
        nextDueMs = nowMs;
        share = most;
        canary = ahead;
        state = canary > 0 ? State.CANARY : State.RUNNING;
        endIfDone(nowMs);
    }

    public void end(State how, String why, long nowMs) {
        state = how;
        note = why;
        endedAtMs = nowMs;
        canaries.clear();
    }

    public boolean isUnderWay() {
        return underWay > 0;
    }

    /** How many may be replayed now: none while a piece is under way, or before the rate allows it. */
    public int due(long nowMs) {
        boolean takes = state == State.RUNNING || state == State.CANARY;
        int left = takes && underWay == 0 ? target() - next : 0;
        int most = Math.min(left, Limits.BATCH_TASKS_MAX);
        int rate = options.ratePerSecond();
        if (rate == 0 || most <= 0) {
            return most;
        }
        // Tasks that a stall held up are not replayed all at once.
        nextDueMs = Math.max(nextDueMs, nowMs - MS);
        return nextDueMs > nowMs ? 0 : (int) Math.min(most, 1 + (nowMs - nextDueMs) * rate / MS);
    }

    private int target() {
        return state == State.CANARY ? Math.min(canary, size()) : size();
    }

    /** When {@link #due} has to be asked again, ms since 1970; Long.MAX_VALUE = something else comes first. */
    public long nextDeadlineMs() {
        boolean takes = state == State.RUNNING || state == State.CANARY;
        return takes && underWay == 0 && next < target() ? (long) Math.ceil(nextDueMs) : Long.MAX_VALUE;
    }

    /** Takes the next id, at most {@link #due} of them; those that are to be commanded go into {@link #command}. */
    public long poll() {
        return ids.getLong(next++);
    }

    /** Writes the command for these, of the ids taken last; the others are not dead any more. */
    public void command(long[] piece, int taken, FrameWriter out) {
        if (isReplay) {
            DlqReplay.write(out, number, DlqReplay.Options.ALL, DlqFilter.ANY, piece, NO_PATCH);
        } else {
            DlqDiscard.write(out, number, DlqReplay.Options.ALL, DlqFilter.ANY, piece);
        }
        underWay = piece.length;
        skipped += taken - piece.length;
        commanded(piece);
    }

    /** Writes the command for the id taken last, which gets this SUBMIT instead of its own. */
    public void command(long taskId, ByteBuffer submit, FrameWriter out) {
        long[] one = {taskId};
        DlqReplay.write(out, number, DlqReplay.Options.ALL, DlqFilter.ANY, one, submit);
        underWay++;
        commanded(one);
    }

    private void commanded(long[] piece) {
        if (options.ratePerSecond() > 0) {
            nextDueMs += piece.length * MS / options.ratePerSecond();
        }
        for (long each : piece) {
            if (state == State.CANARY) {
                canaries.add(each);
            }
        }
    }

    /** None of the ids taken last is dead any more. */
    public void skipped(int taken, long nowMs) {
        skipped += taken;
        endIfDone(nowMs);
    }

    /** The piece under way was applied. */
    public void counted(long count, long nowMs) {
        int settled = patch == null ? underWay : 1;
        replayed += count;
        skipped += settled - count;
        underWay -= settled;
        endIfDone(nowMs);
    }

    /** A task's state has changed. */
    public void moved(TaskCursor task, long nowMs) {
        if (canaries.isEmpty() || !task.state().isFinal() || !canaries.remove(task.taskId())) {
            return;
        }
        if (task.state() == TaskState.COMPLETED) {
            canaryCompleted++;
            endIfDone(nowMs);
        } else {
            canaryFailed++;
            end(
                    State.CANARY_FAILED,
                    TaskId.format(task.taskId()) + " of the canary is "
                            + task.state().word() + "; the rest was left dead",
                    nowMs);
        }
    }

    private void endIfDone(long nowMs) {
        if (state == State.CANARY && next == target() && underWay == 0 && canaries.isEmpty()) {
            state = State.RUNNING;
        }
        if (state == State.RUNNING && next == size() && underWay == 0) {
            end(State.DONE, "", nowMs);
        }
    }

    /** @param wallOffsetMs added to its times, which are by the broker's clock */
    public FrameWriter write(FrameWriter out, int requestId, long wallOffsetMs) {
        return DlqRun.begin(out, requestId, id)
                .i64(startedAtMs + wallOffsetMs)
                .i64(endedAtMs == 0 ? 0 : endedAtMs + wallOffsetMs)
                .i64(matched())
                .i64(replayed)
                .i64(skipped)
                .i32(options.ratePerSecond())
                .i32(options.canary())
                .i32(canaryCompleted)
                .i32(canaryFailed)
                .u8(state.ordinal())
                .u8(filter.errorIsFingerprint() ? 1 : 0)
                .pad()
                .var(filter.queue())
                .var(filter.taskType())
                .var(filter.error())
                .var(unpatched.with(note))
                .end();
    }
}
