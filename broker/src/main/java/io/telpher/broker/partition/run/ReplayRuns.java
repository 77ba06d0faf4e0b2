package io.telpher.broker.partition.run;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.partition.deadletter.DeadLetterScan;
import io.telpher.broker.partition.deadletter.ReplayRun;
import io.telpher.broker.partition.deadletter.ReplayRunFile;
import io.telpher.broker.partition.deadletter.WholeRun;
import io.telpher.broker.partition.payload.MergePatch;
import io.telpher.broker.partition.payload.TaskReader;
import io.telpher.broker.partition.query.ScanBudget;
import io.telpher.broker.partition.reply.PieceReplies;
import io.telpher.broker.partition.reply.Replies;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.session.Shares;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.deadletter.DlqRun;
import io.telpher.protocol.deadletter.DlqRunList;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.session.Counted;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Replays that take a while: by rate, behind a canary, or of more tasks than one record can hold. They live here and not in the
 * core, since what they have done is in the journal anyway: each piece is a record, and what was not replayed is still dead.
 */
public final class ReplayRuns implements PieceReplies {
    /** In the place of a connection's: replies to the pieces come back to {@link #counted}. */
    public static final long SESSION = 1;

    /** Limit of the replays at one time: runs, and replays whose reply is waited for. */
    static final int RUNNING_MAX = 16;

    private static final int REMEMBERED_MAX = 64;
    /** Budget of all runs that look for their tasks, in one duty cycle. */
    private static final long LOOK_NANOS_PER_CYCLE = 500_000;

    private static final long LOOK_BYTES_PER_CYCLE = 512 << 10;
    /** Payloads that are parsed and written anew, of all runs: some ms. One that is larger comes alone. */
    private static final long PATCHED_BYTES_PER_CYCLE = 256 << 10;

    private static final long SAVE_MS = 5_000;
    private static final int NUMBER_BITS = 48;

    /** A run, or a replay at once, with its asker: answered at the start of a run, at the end of a replay at once. */
    private static final class Going {
        final ReplayRun run;
        final DeadLetterScan scan;
        /** The run of all partitions that this is a part of; null = it is a whole one. */
        final @Nullable WholeRun whole;

        boolean waits;

        @Nullable
        Session asker;

        final String principal;
        final int requestId;

        Going(ReplayRun run, DeadLetterScan scan, Session asker, int requestId) {
            this.run = run;
            this.scan = scan;
            this.asker = asker;
            this.whole = asker.partOf();
            this.principal = asker.principal();
            this.requestId = requestId;
        }
    }

    private final Partition partition;
    private final TaskReader reader;
    private final Replies replies;
    private final LongSupplier clock;
    private final Shares shares;
    private final FrameWriter command = new FrameWriter();
    private final FrameWriter submit = new FrameWriter();
    private final List<Going> going = new ArrayList<>();
    private final Deque<ReplayRun> remembered = new ArrayDeque<>();
    private @Nullable ReplayRunFile file;
    private int numbers;
    private long nextSaveMs;
    private int payloadBytesMax = Limits.PAYLOAD_BYTES_DEFAULT;
    private long patchedBytes;
    private final ScanBudget budget;
    /** Whose turn it is to go first. */
    private int turn;

    public ReplayRuns(
            Partition partition,
            TaskReader reader,
            Replies replies,
            LongSupplier clock,
            LongSupplier nanoTime,
            Shares shares) {
        this.partition = partition;
        this.reader = reader;
        this.replies = replies;
        this.clock = clock;
        this.shares = shares;
        this.budget = new ScanBudget(nanoTime, LOOK_NANOS_PER_CYCLE, LOOK_BYTES_PER_CYCLE);
    }

    /** Runs under way are kept in this file for the next run of the broker, which remembers them as interrupted. */
    public void keepIn(ReplayRunFile kept) {
        file = kept;
        for (ReplayRun run : kept.load(clock.getAsLong())) {
            remembered.addLast(run);
            numbers = Math.max(numbers, run.number);
        }
    }

    /** Limit of a patched payload, in bytes. */
    public void payloadBytesMax(int bytes) {
        payloadBytesMax = bytes;
    }

    /** Begins to look for what is meant. Answered by COUNTED. */
    public void begin(Session asker, int requestId, boolean isReplay, DlqReplay.Options options, Wanted wanted) {
        String tooMany = shares.take(asker.principal());
        if (tooMany != null) {
            replies.refuse(
                    asker, requestId, new Problem(ErrorCode.OVERLOADED, tooMany + "; wait until one ends, or stop it"));
            return;
        }
        WholeRun whole = asker.partOf();
        long id = newId();
        if (whole != null) {
            id = whole.id();
        }
        ReplayRun run =
                new ReplayRun(numbers, id, isReplay, wanted.filter(), options, wanted.patch(), clock.getAsLong());
        going.add(new Going(run, wanted.scan(), asker, requestId));
        if (run.isRun()) {
            remember(run);
        }
    }

    public long newId() {
        numbers++;
        return (long) partition.placement().partition() << NUMBER_BITS | numbers;
    }

    /** This partition's turn: it replays {@code most} of the tasks it found at most, the first {@code canary} of them ahead of the others. */
    public void take(WholeRun whole, long most, int canary) {
        for (Going each : going) {
            if (each.whole == whole && each.waits) {
                each.waits = false;
                each.run.begin(most, canary, clock.getAsLong());
            }
        }
    }

    /** It ended in another partition. */
    public void end(WholeRun whole, DlqRun.State how, String why) {
        for (Going each : going) {
            if (each.whole == whole && !each.run.state().isOver()) {
                each.run.end(how, why, clock.getAsLong());
            }
        }
    }

    /** Which tasks, how to find them, and what is merged into their payloads. */
    public record Wanted(
            DlqFilter filter, DeadLetterScan scan, @Nullable MergePatch patch) {}

    private void remember(ReplayRun run) {
        remembered.addFirst(run);
        Iterator<ReplayRun> oldest = remembered.descendingIterator();
        while (remembered.size() > REMEMBERED_MAX && oldest.hasNext()) {
            // One that goes on has to be found to be stopped.
            if (oldest.next().state().isOver()) {
                oldest.remove();
            }
        }
    }

    /** Goes on with all of them; returns 0 when there was nothing to do. */
    public int step(Batch batch, long nowMs) {
        if (going.isEmpty()) {
            return 0;
        }
        int work = 0;
        budget.begin();
        patchedBytes = 0;
        turn++;
        for (int i = 0; i < going.size(); i++) {
            Going each = going.get((turn + i) % going.size());
            if (each.run.state() != DlqRun.State.LOOKING) {
                work += take(each.run, batch, nowMs);
            } else if (!each.waits) {
                work += budget.isSpent() ? 1 : look(each, nowMs);
            }
        }
        work += endThoseThatAreOver();
        if (nowMs >= nextSaveMs && !going.isEmpty()) {
            save(nowMs);
        }
        return work;
    }

    private int endThoseThatAreOver() {
        int ended = 0;
        for (int i = going.size() - 1; i >= 0; i--) {
            Going each = going.get(i);
            if (each.run.state().isOver() && !each.run.isUnderWay()) {
                going.remove(i);
                over(each);
                ended++;
            }
        }
        return ended;
    }

    /** Returns 1: it looked. */
    private int look(Going each, long nowMs) {
        boolean[] enough = {false};
        each.scan.step(budget, task -> {
            enough[0] = !each.run.found(task);
            if (each.run.options.dryRun()) {
                tryPatch(each.run, task);
            }
            return !enough[0] && patchedBytes < PATCHED_BYTES_PER_CYCLE;
        });
        if (!enough[0] && !each.scan.isDone()) {
            return 1;
        }
        if (each.run.options.dryRun()) {
            each.run.end(DlqRun.State.DONE, "", nowMs);
            return 1;
        }
        each.waits = each.whole != null;
        if (!each.waits) {
            each.run.begin(Long.MAX_VALUE, each.run.options.canary(), nowMs);
        }
        if (each.run.isRun()) {
            answer(each, each.run.matched(), each.run.id, 0);
            save(nowMs);
        }
        return 1;
    }

    private void tryPatch(ReplayRun run, TaskCursor task) {
        MergePatch patch = run.patch();
        if (patch != null) {
            patched(run, patch, task);
        }
    }

    /** Null when its payload can't be patched, which the run remembers. */
    private @Nullable TaskSpec patched(ReplayRun run, MergePatch patch, TaskCursor task) {
        patchedBytes += task.submitBytes();
        try {
            return reader.patched(task, patch, payloadBytesMax);
        } catch (MergePatch.Unpatchable e) {
            run.unpatched().add(task, e);
            return null;
        }
    }

    /** Each task has a command of its own, with its own payload. */
    private int takePatched(ReplayRun run, MergePatch patch, Batch batch, long nowMs) {
        int due = run.due(nowMs);
        int taken = 0;
        while (taken < due && patchedBytes < PATCHED_BYTES_PER_CYCLE) {
            long id = run.poll();
            taken++;
            TaskCursor task = partition.find(id);
            TaskSpec spec = task != null && task.state() == TaskState.DEAD ? patched(run, patch, task) : null;
            if (spec == null) {
                run.skipped(1, nowMs);
            } else {
                ByteBuffer whole = Submit.write(submit.clear(), 0, spec).written();
                run.command(id, whole, command.clear());
                batch.add(nowMs, SESSION, command.written(), true);
            }
        }
        return taken;
    }

    private int take(ReplayRun run, Batch batch, long nowMs) {
        MergePatch patch = run.patch();
        if (patch != null) {
            return takePatched(run, patch, batch, nowMs);
        }
        int due = run.due(nowMs);
        long[] piece = new long[due];
        int count = 0;
        for (int i = 0; i < due; i++) {
            long id = run.poll();
            TaskCursor task = partition.find(id);
            if (task != null && task.state() == TaskState.DEAD) {
                piece[count++] = id;
            }
        }
        if (count > 0) {
            run.command(Arrays.copyOf(piece, count), due, command.clear());
            batch.add(nowMs, SESSION, command.written(), true);
        } else if (due > 0) {
            run.skipped(due, nowMs);
        }
        return due;
    }

    /** The core has applied a piece of the run with this number. */
    @Override
    public void counted(int number, long count) {
        for (Going each : going) {
            if (each.run.number == number && each.run.isUnderWay()) {
                each.run.counted(count, clock.getAsLong());
            }
        }
    }

    /** The one task it was about is gone. */
    @Override
    public void rejected(int number, Problem problem) {
        counted(number, 0);
    }

    public void moved(TaskCursor task) {
        for (Going each : going) {
            each.run.moved(task, partition.now());
        }
    }

    private void over(Going each) {
        shares.giveBack(each.principal);
        long refused = each.run.unpatched().count();
        boolean isDryRun = each.run.options.dryRun();
        answer(each, isDryRun ? each.run.matched() - refused : each.run.replayed(), 0, isDryRun ? refused : 0);
        if (each.whole != null) {
            each.whole.over(partition.placement().partition(), each.run.state(), each.run.note());
        }
        save(clock.getAsLong());
    }

    private void answer(Going each, long count, long runId, long refused) {
        Session asker = each.asker;
        if (asker != null) {
            each.asker = null;
            replies.send(asker, Counted.write(replies.begin(), each.requestId, count, runId, refused));
        }
    }

    /** The connection is gone: what it asked for goes on. */
    public void forget(Session session) {
        for (Going each : going) {
            each.asker = each.asker == session ? null : each.asker;
        }
    }

    public long nextDeadlineMs() {
        long next = Partition.NEVER;
        for (Going each : going) {
            next = Math.min(next, each.run.nextDeadlineMs());
        }
        return next;
    }

    /** DLQ_RUN_LIST. */
    public void list(Session session, int requestId, int limit, String queue) {
        List<ReplayRun> shown = remembered.stream()
                .filter(run -> queue.isEmpty() || queue.equals(run.filter.queue()))
                .limit(limit)
                .toList();
        FrameWriter out = replies.begin();
        DlqRunList.begin(out, requestId, shown.size());
        for (ReplayRun run : shown) {
            run.write(out, 0, partition.wallOffsetMs());
        }
        replies.send(session, out.endVar().end());
    }

    /** DLQ_STOP. */
    public void stop(Session session, int requestId, long runId) {
        ReplayRun run =
                remembered.stream().filter(each -> each.id == runId).findFirst().orElse(null);
        if (run == null) {
            replies.refuse(
                    session,
                    requestId,
                    new Problem(ErrorCode.TASK_NOT_FOUND, "there is no replay " + DlqRun.format(runId)));
            return;
        }
        if (!run.state().isOver()) {
            run.end(
                    DlqRun.State.STOPPED,
                    "stopped by an operator; the tasks not replayed are still dead",
                    clock.getAsLong());
        }
        replies.send(session, run.write(replies.begin(), requestId, partition.wallOffsetMs()));
    }

    /** For the next run of the broker. */
    public void save(long nowMs) {
        nextSaveMs = nowMs + SAVE_MS;
        if (file != null) {
            file.save(remembered);
        }
    }
}
