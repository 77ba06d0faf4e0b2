package io.telpher.broker.partition.salvage;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.image.NeededFrames;
import io.telpher.broker.core.state.LastOutcome;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.journal.JournalRemains;
import io.telpher.broker.journal.Record;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.deadletter.DlqDiscard;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.lease.Progress;
import io.telpher.protocol.lease.Release;
import io.telpher.protocol.record.PayloadUnreadable;
import io.telpher.protocol.record.Relocate;
import io.telpher.protocol.task.Cancel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Copies every frame that a task needs out of the damaged journal. A task whose own frame is damaged can't be delivered any more: it is cancelled. */
final class SalvageFrames {
    private static final String GONE = "(lost: this part of the journal was damaged)";

    private final Partition partition;
    private final JournalRemains remains;
    private final SalvageTarget target;
    private final SalvageReport report;
    private final FrameWriter out = new FrameWriter();
    private final FrameWriter substitute = new FrameWriter();
    private final List<Long> lost = new ArrayList<>();

    private record Needed(long taskId, Relocate.Part part, long location) {}

    SalvageFrames(Partition partition, JournalRemains remains, SalvageTarget target, SalvageReport report) {
        this.partition = partition;
        this.remains = remains;
        this.target = target;
        this.report = report;
    }

    void copy() throws IOException {
        NeededFrames frames = partition.neededFrames();
        List<Needed> needed = new ArrayList<>();
        long next = 0;
        while (next != NeededFrames.END) {
            next = frames.show(
                    next, 1, (taskId, part, location, bytes) -> needed.add(new Needed(taskId, part, location)));
            for (Needed each : needed) {
                copy(each);
            }
            needed.clear();
        }
    }

    private void copy(Needed needed) throws IOException {
        try {
            ByteBuffer frame = needed.part() == Relocate.Part.SUBMIT
                    ? remains.read(needed.location(), task(needed.taskId()).submitCrc())
                    : remains.read(needed.location());
            relocate(needed, frame);
        } catch (JournalException e) {
            if (needed.part() == Relocate.Part.SUBMIT) {
                lost.add(needed.taskId());
            } else {
                relocate(needed, substitute(needed));
                report.droppedTask(what(needed), needed.taskId(), "damaged; the task itself is kept");
            }
        }
    }

    private void relocate(Needed needed, ByteBuffer frame) {
        ByteBuffer content = Record.copyOf(frame);
        Relocate.write(out.clear(), 0, needed.taskId(), needed.location(), needed.part(), Record.COPY_SKIP, content);
        target.applyLocal(out);
    }

    private String what(Needed needed) {
        if (needed.part() == Relocate.Part.NOTE) {
            return "progress note";
        }
        return isError(needed.taskId()) ? "error text" : "result";
    }

    private boolean isError(long taskId) {
        return task(taskId).lastOutcome().hasErrorFrame();
    }

    /** Says in the place of what is lost that it is, so that reading it is no error. */
    private ByteBuffer substitute(Needed needed) {
        long id = needed.taskId();
        substitute.clear();
        if (needed.part() == Relocate.Part.NOTE) {
            Progress.write(substitute, 0, id, 0, 0, GONE);
        } else if (task(id).lastOutcome() == LastOutcome.UNREADABLE) {
            PayloadUnreadable.write(substitute, id, 0, GONE);
        } else if (isError(id)) {
            Nack.write(substitute, 0, id, 0, 0, false, GONE);
        } else {
            Ack.write(substitute, 0, id, 0, Result.NONE, ByteBuffer.allocate(0));
        }
        return substitute.written();
    }

    /** After the term that nobody is connected in has begun. */
    void cancelLost() {
        for (long id : lost) {
            TaskState before = task(id).state();
            if (before == TaskState.ACTIVE) {
                target.apply(Release.write(out.clear(), 0, id, task(id).leaseId()));
            }
            if (task(id).state() == TaskState.DEAD) {
                target.apply(DlqDiscard.write(out.clear(), 0, DlqReplay.Options.ALL, DlqFilter.ANY, new long[] {id}));
            } else if (!task(id).state().isFinal()) {
                target.apply(Cancel.write(out.clear(), 0, id));
            }
            report.droppedTask(
                    "task",
                    id,
                    "payload damaged: it is " + task(id).state().word() + " there, and was " + before.word());
        }
    }

    private TaskCursor task(long taskId) {
        TaskCursor task = partition.find(taskId);
        if (task == null) {
            throw new IllegalStateException("task " + taskId + " went while the journal was copied");
        }
        return task;
    }
}
