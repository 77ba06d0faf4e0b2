package io.telpher.broker.partition.answer;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.journal.CorruptJournalException;
import io.telpher.broker.partition.deadletter.DeadLetterScan;
import io.telpher.broker.partition.payload.MergePatch;
import io.telpher.broker.partition.payload.TaskReader;
import io.telpher.broker.partition.reply.Replies;
import io.telpher.broker.partition.run.ClientShares;
import io.telpher.broker.partition.run.ReplayRuns;
import io.telpher.broker.partition.session.NotFound;
import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.deadletter.DlqCommand;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.deadletter.DlqRuns;
import io.telpher.protocol.deadletter.DlqStop;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.session.Counted;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Replays and discards dead letters by what their errors say. The texts are in the journal, out of the core's reach, so a replay or discard that
 * filters by them is first turned into ones with task ids, and those are journaled.
 */
final class DeadLetterQueries {
    /** Beyond it, a command without ids is not applied as one record: that would hold up the partition. */
    private static final long AT_ONCE_MAX = 10_000;

    private record Patched(Session asker, FrameWriter command) {}

    private final Partition partition;
    private final TaskReader reader;
    private final Replies replies;
    private final ReplayRuns runs;
    private final List<Patched> patches = new ArrayList<>();

    DeadLetterQueries(
            Partition partition,
            TaskReader reader,
            Replies replies,
            LongSupplier clock,
            LongSupplier nanoTime,
            ClientShares shares) {
        this.partition = partition;
        this.reader = reader;
        this.replies = replies;
        this.runs = new ReplayRuns(partition, reader, replies, clock, nanoTime, shares.replays());
        replies.pieces(ReplayRuns.SESSION, runs);
    }

    ReplayRuns runs() {
        return runs;
    }

    /** @param buffer with a DLQ_REPLAY or DLQ_DISCARD */
    boolean resolvesFirst(ByteBuffer buffer, int offset) {
        DlqCommand command = DlqCommand.of(buffer, offset);
        if (command instanceof DlqReplay replay && replay.hasPatch()) {
            return replay.patchesContentOnly() || replay.mergesPatch();
        }
        if (command.options().dryRun() || command.isRun()) {
            return true;
        }
        DlqFilter filter = command.filter();
        boolean byText = !filter.error().isEmpty() || filter.diedAfterMs() != 0 || filter.diedBeforeMs() != 0;
        // With a limit, too: the core looks through all of them for those of a type.
        return byText || command.taskIds().length == 0 && deadTasks(filter.queue()) > AT_ONCE_MAX;
    }

    private long deadTasks(String name) {
        QueueCursor queue = name.isEmpty() ? null : partition.findQueue(name);
        return queue == null ? partition.counts().dead() : queue.dead();
    }

    /** A replay or discard that {@link #resolvesFirst}. */
    void resolve(Session session, ByteBuffer frame) {
        DlqCommand command = DlqCommand.of(frame, 0);
        DlqReplay replay = command instanceof DlqReplay asked ? asked : null;
        if (replay != null && replay.mergesPatch()) {
            merge(session, replay);
        } else if (replay != null && replay.hasPatch()) {
            patch(session, replay);
        } else {
            ReplayRuns.Wanted wanted = wanted(command.filter(), command.taskIds(), null);
            resolve(session, command.requestId(), replay != null, command.options(), wanted);
        }
    }

    /** The patch becomes a whole SUBMIT, with what the task's own says beside its content. */
    private void patch(Session session, DlqReplay replay) {
        long[] ids = replay.taskIds();
        TaskCursor task = partition.find(ids[0]);
        if (task == null) {
            replies.refuse(session, replay.requestId(), NotFound.task(partition, ids[0]));
            return;
        }
        if (task.state() != TaskState.DEAD || replay.options().dryRun()) {
            int count = task.state() == TaskState.DEAD ? 1 : 0;
            replies.send(session, Counted.write(replies.begin(), replay.requestId(), count));
            return;
        }
        Submit content = new Submit().wrap(replay.buffer(), replay.patchOffset());
        ByteBuffer whole;
        try {
            whole = Submit.write(new FrameWriter(), 0, reader.patched(task, content))
                    .written();
        } catch (CorruptJournalException e) {
            String message = TaskReader.unreadable(e) + ": what is to be patched; submit it anew and discard this one";
            replies.refuse(session, replay.requestId(), new Problem(ErrorCode.BAD_REQUEST, message));
            return;
        }
        FrameWriter command = new FrameWriter();
        DlqReplay.write(command, replay.requestId(), DlqReplay.Options.ALL, DlqFilter.ANY, ids, whole);
        patches.add(new Patched(session, command));
    }

    /** A merge patch for many. */
    private void merge(Session session, DlqReplay replay) {
        byte[] json = new Submit().wrap(replay.buffer(), replay.patchOffset()).payload();
        try {
            MergePatch patch = MergePatch.parse(json);
            ReplayRuns.Wanted wanted = wanted(replay.filter(), replay.taskIds(), patch);
            resolve(session, replay.requestId(), true, replay.options(), wanted);
        } catch (MergePatch.Unpatchable e) {
            String message = String.valueOf(e.getMessage());
            replies.refuse(session, replay.requestId(), new Problem(ErrorCode.BAD_REQUEST, message));
        }
    }

    private ReplayRuns.Wanted wanted(DlqFilter filter, long[] ids, @Nullable MergePatch patch) {
        DeadLetterScan scan = ids.length > 0
                ? DeadLetterScan.of(partition, reader, ids)
                : DeadLetterScan.of(partition, reader, filter, 0, 0);
        return new ReplayRuns.Wanted(filter, scan, patch);
    }

    private void resolve(
            Session session, int requestId, boolean isReplay, DlqReplay.Options options, ReplayRuns.Wanted wanted) {
        String queue = wanted.filter().queue();
        if (queue.isEmpty() || partition.findQueue(queue) != null) {
            runs.begin(session, requestId, isReplay, options, wanted);
        } else {
            replies.refuse(session, requestId, NotFound.queue(queue));
        }
    }

    /** Goes on with what takes more than one duty cycle; returns 0 when there was nothing to do. */
    int step(Batch batch, long nowMs, boolean stopping) {
        int work = patches.size() + (stopping ? 0 : runs.step(batch, nowMs));
        if (work > 0) {
            for (Patched each : patches) {
                batch.add(nowMs, each.asker.id(), each.command.written(), true);
            }
            patches.clear();
        }
        return work;
    }

    void forget(Session session) {
        runs.forget(session);
    }

    void moved(TaskCursor task) {
        runs.moved(task);
    }

    void list(Session session, DlqRuns query) {
        runs.list(session, query.requestId(), query.limit(), query.queue());
    }

    void stop(Session session, DlqStop stop) {
        runs.stop(session, stop.requestId(), stop.runId());
    }
}
