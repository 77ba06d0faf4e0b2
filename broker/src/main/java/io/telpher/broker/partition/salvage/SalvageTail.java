package io.telpher.broker.partition.salvage;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.TaskFilter;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.journal.Record;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Release;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.queue.ResumeQueue;
import io.telpher.protocol.record.HandOver;
import io.telpher.protocol.record.Relocate;
import io.telpher.protocol.task.Cancel;
import io.telpher.protocol.task.SubmitBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The intact records behind the damage. What they meant depended on records that are gone: from there on task ids are not certain, nor which
 * task a reserve was given. So submits become new tasks, acks and cancels count where there is no doubt which task they mean and that
 * they were good, policies are set, and all else is left out. See docs/decisions/0020-salvage.md.
 */
final class SalvageTail {
    private static final String FOLLOW_UP = "follow-up";
    private static final String HAD = "behind the damage: another partition has it already";
    private static final String HANDED_OVER = "behind the damage: handed over to the partition of its queue";
    private static final String NEW_ID = "behind the damage: a new task, under a new id";

    private final Partition partition;
    private final SalvageTarget target;
    private final SalvageShares shares;
    private final SalvageReport report;
    private final SalvageLimits limits;
    private final FrameWriter out = new FrameWriter();
    private final Map<Long, Held> held = new HashMap<>();
    private final long lastKnownId;
    private final Ack ack = new Ack();
    private final Cancel cancel = new Cancel();
    private final Relocate relocate = new Relocate();
    private final SubmitBatch submitBatch = new SubmitBatch();
    private final HandOver handOver = new HandOver();

    /** The lease of a task at the damage. */
    private record Held(long leaseId, long session, long deadlineMs) {}

    /**
     * @param partition as it was at the damage, its leases still with those who held them
     * @param lastKnownId the last one given before the damage
     */
    SalvageTail(
            Partition partition, SalvageTarget target, SalvageShares shares, SalvageReport report, long lastKnownId) {
        this.partition = partition;
        this.target = target;
        this.shares = shares;
        this.report = report;
        this.lastKnownId = lastKnownId;
        this.limits = new SalvageLimits(partition, target);
        active().forEach(id -> {
            TaskCursor task = task(id);
            if (task.session() != 0) {
                held.put(id, new Held(task.leaseId(), task.session(), task.leaseDeadlineMs()));
            }
        });
    }

    /** Every leased task. */
    List<Long> active() {
        List<Long> active = new ArrayList<>();
        TaskFilter filter = new TaskFilter(0, TaskState.ACTIVE.mask(), "", "");
        partition.list(filter, Integer.MAX_VALUE, task -> active.add(task.taskId()));
        return active;
    }

    void begin() {
        limits.lift();
    }

    void record(Record record) {
        ByteBuffer buffer = record.buffer();
        int at = record.frameOffset();
        MessageType type = MessageType.known(Frame.typeCode(buffer, at));
        switch (type.salvage()) {
            case KEEP -> keep(type, record, buffer, at);
            case POLICY -> policy(type, record);
            case DOUBT -> unclear(type, type.taskId(buffer, at));
            case SKIP -> {
                // It is done anew without it.
            }
            case DROP -> drop(type, "it may have meant other tasks than are there now");
        }
    }

    private void keep(MessageType type, Record record, ByteBuffer buffer, int at) {
        switch (type) {
            case SUBMIT -> submit("submit", record, at, 1);
            case SUBMIT_BATCH ->
                batch("submit", record, () -> submitBatch.wrap(buffer, at).tasks());
            case HAND_OVER ->
                // Numbered by the partition that handed over, so what was taken before the damage is not made twice.
                submit(
                        "task of another partition's",
                        record,
                        at,
                        count(handOver.wrap(buffer, at).tasks()));
            case ACK -> ack(record);
            case CANCEL -> cancel(record);
            case RELOCATE -> relocated(record);
            case CLOCK -> target.apply(record.stampMs(), 0, frame(buffer, at));
            default -> throw new IllegalStateException("there is no rule by which " + type + " is kept");
        }
    }

    private void submit(String what, Record record, int frameAt, int tasks) {
        make(what, record, frame(record.buffer(), frameAt), tasks);
    }

    /** Those of them that another partition does not have. */
    private void batch(String what, Record record, Supplier<Frames> tasks) {
        FrameWriter left = shares.leave(tasks);
        int count = shares.own() + shares.owed();
        report.kept(what, shares.had(), HAD);
        if (count > 0) {
            ByteBuffer frame =
                    SubmitBatch.write(out.clear(), 0, count, left.written()).written();
            if (make(what, record, frame, shares.own())) {
                report.kept(what, shares.owed(), HANDED_OVER);
            } else {
                report.dropped(what, shares.owed(), "in a batch that was refused again");
            }
        }
    }

    /** False: it was refused. */
    private boolean make(String what, Record record, ByteBuffer frame, int tasks) {
        long before = partition.counts().submitted();
        String refusal = target.apply(record.stampMs(), record.session(), frame);
        long made = partition.counts().submitted() - before;
        report.kept(what, made, NEW_ID);
        if (refusal == null) {
            report.kept(what, tasks - made, "a task with its key is there already");
        } else {
            report.dropped(what, tasks, "refused again: " + refusal.toLowerCase(Locale.ROOT));
        }
        return refusal == null;
    }

    private static int count(Frames frames) {
        int count = 0;
        while (frames.next()) {
            count++;
        }
        return count;
    }

    private static ByteBuffer frame(ByteBuffer buffer, int at) {
        return buffer.duplicate()
                .order(buffer.order())
                .limit(at + (int) Frame.bytes(buffer, at))
                .position(at);
    }

    private void ack(Record record) {
        ack.wrap(record.buffer(), record.frameOffset());
        long id = ack.taskId();
        String doubt = doubt(record, id, ack.leaseId());
        if (doubt == null) {
            ByteBuffer followUps = shares.leave(ack::followUps).written();
            Result result = ack.hasResult() ? Result.of(ack.resultContentType(), ack.result()) : Result.NONE;
            FrameWriter left = Ack.write(out.clear(), 0, id, ack.leaseId(), result, followUps);
            String refusal = target.apply(record.stampMs(), record.session(), left.written());
            if (refusal == null) {
                report.kept(FOLLOW_UP, shares.had(), HAD);
                report.kept(FOLLOW_UP, shares.owed(), HANDED_OVER);
                report.keptTask("ack", id, "the lease is the one of the damage, and was good");
                held.remove(id);
                return;
            }
            doubt = "refused: " + refusal.toLowerCase(Locale.ROOT);
        }
        report.dropped("ack", 1, doubt);
        // Of a task that is not there they are all that is left; of one that is, they come when it is done again.
        if (partition.find(id) == null && ack.hasFollowUps()) {
            batch(FOLLOW_UP, record, ack::followUps);
        }
    }

    /** Null: nothing that is lost can have made this ack void. */
    private @Nullable String doubt(Record record, long id, long leaseId) {
        TaskCursor task = id > lastKnownId ? null : partition.find(id);
        if (task == null) {
            return "which task it meant is not certain";
        }
        if (task.state().isFinal() && task.state() != TaskState.DEAD) {
            return "the task is over already";
        }
        Held at = held.get(id);
        boolean isSure = at != null
                && at.leaseId() == leaseId
                && at.session() == record.session()
                && record.stampMs() < at.deadlineMs();
        return isSure ? null : "the lease may have been over: the task is done again";
    }

    private void cancel(Record record) {
        long id = cancel.wrap(record.buffer(), record.frameOffset()).taskId();
        if (id > lastKnownId || partition.find(id) == null) {
            report.dropped("cancel", 1, "which task it meant is not certain");
        } else if (target.apply(record.stampMs(), record.session(), frame(record.buffer(), record.frameOffset()))
                == null) {
            report.keptTask("cancel", id, "the task was there before the damage");
        } else {
            report.dropped("cancel", 1, "the task is over already");
        }
    }

    /** The lease was given back, if the record was good: an ack under it may be void. */
    private void unclear(MessageType type, long taskId) {
        held.remove(taskId);
        drop(type, "the task is done again all the same");
    }

    private void policy(MessageType type, Record record) {
        ByteBuffer buffer = record.buffer();
        int at = record.frameOffset();
        target.apply(record.stampMs(), record.session(), frame(buffer, at));
        if (type == MessageType.RESUME_QUEUE) {
            limits.resumed(new ResumeQueue().wrap(buffer, at).queue());
        } else if (type == MessageType.PUT_QUEUE) {
            PutQueue put = new PutQueue().wrap(buffer, at);
            limits.put(put.queue(), put.policy());
        }
        limits.lift();
        report.kept("queue policy", 1, "the last one counts");
    }

    /** A copy of the frame of a task that was still to be done. */
    private void relocated(Record record) {
        relocate.wrap(record.buffer(), record.frameOffset());
        if (relocate.part() == Relocate.Part.SUBMIT && relocate.taskId() > lastKnownId) {
            submit("copied submit", record, relocate.copyOffset(), 1);
        }
    }

    private void drop(MessageType type, String why) {
        report.dropped(type.name().toLowerCase(Locale.ROOT).replace('_', ' '), 1, why);
    }

    /** What was running is ready again, its attempt not counted; what is due happens; queues are as they were. */
    void end() {
        for (long id : active()) {
            target.apply(Release.write(out.clear(), 0, id, task(id).leaseId()));
            report.keptTask("running task", id, "ready again at once: whether it was finished is not known");
        }
        target.settle();
        limits.restore();
    }

    private TaskCursor task(long taskId) {
        TaskCursor task = partition.find(taskId);
        if (task == null) {
            throw new IllegalStateException("task " + taskId + " is not there");
        }
        return task;
    }
}
