package io.telpher.broker.core;

import io.telpher.protocol.Backoff;
import io.telpher.protocol.OnDisconnect;
import io.telpher.protocol.Priority;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.deadletter.DlqDiscard;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Extend;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.lease.Progress;
import io.telpher.protocol.lease.Release;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.queue.DeleteQueue;
import io.telpher.protocol.queue.NoteQueue;
import io.telpher.protocol.queue.PauseQueue;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.PurgeQueue;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.queue.ResumeQueue;
import io.telpher.protocol.record.Disconnect;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.record.QueueMaker;
import io.telpher.protocol.record.SetQueueLimits;
import io.telpher.protocol.record.SetRetainedBytes;
import io.telpher.protocol.record.SetRetention;
import io.telpher.protocol.record.Tick;
import io.telpher.protocol.task.Cancel;
import io.telpher.protocol.task.Reschedule;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/** Random commands from a seed, over a few queues, sessions and keys, so that everything meets everything. */
final class RandomLoad {
    private static final List<String> QUEUES = List.of("mail", "sms", "default");
    private static final int SESSIONS = 5;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Random random;
    private final Model model;
    private final long[] sessions = new long[SESSIONS];
    private long connections;
    private long term;
    private int requestId;

    /** What is to be journaled next, and on whose behalf. */
    record Step(long session, FrameWriter frame) {}

    RandomLoad(long seed, Model model) {
        this.random = new Random(seed);
        this.model = model;
        for (int i = 0; i < SESSIONS; i++) {
            sessions[i] = connect();
        }
    }

    private long connect() {
        return term << 32 | ++connections | (random.nextInt(5) == 0 ? Partition.HTTP_SESSION_BIT : 0);
    }

    /** How far time goes before the next step. */
    long pauseMs() {
        return random.nextInt(4) > 0
                ? random.nextInt(3)
                : random.nextInt(40) > 0 ? random.nextInt(800) : random.nextInt(90_000);
    }

    boolean skipsTick() {
        return random.nextInt(3) == 0;
    }

    FrameWriter tick() {
        return Tick.write(new FrameWriter(), 0, 1 + random.nextInt(4));
    }

    Step next() {
        int which = random.nextInt(100);
        long session = sessions[random.nextInt(SESSIONS)];
        FrameWriter out = new FrameWriter();
        requestId++;
        if (which < 30) {
            return new Step(session, Submit.write(out, requestId, spec()));
        } else if (which < 34) {
            int count = 1 + random.nextInt(4);
            return new Step(session, SubmitBatch.write(out, requestId, count, specs(count)));
        } else if (which < 55) {
            List<String> queues = List.of(queue(), queue());
            return new Step(session, Reserve.write(out, requestId, wants(), queues));
        } else if (which < 85) {
            return held(out);
        }
        if (which < 88) {
            return new Step(session, Cancel.write(out, requestId, taskId()));
        }
        return which < 90 ? new Step(session, reschedule(out)) : rare(out, session);
    }

    /** Often several neighbours, so that more than one leaves the same lane. */
    private FrameWriter reschedule(FrameWriter out) {
        long first = taskId();
        long[] ids = LongStream.range(first, first + 1 + random.nextInt(8)).toArray();
        Priority priority = Priority.of(random.nextInt(3));
        Reschedule.Change change =
                switch (random.nextInt(4)) {
                    case 0 -> Reschedule.Change.of(priority);
                    case 1 -> Reschedule.Change.RUN_NOW;
                    case 2 -> new Reschedule.Change(random.nextBoolean() ? priority : null, random.nextInt(1500), 0);
                    default -> new Reschedule.Change(null, Reschedule.KEEP, Cast.START_MS + random.nextInt(600_000));
                };
        return Reschedule.write(out, requestId, change, ids);
    }

    private Reserve.Wants wants() {
        return new Reserve.Wants(1 + random.nextInt(3), random.nextInt(3) * 700, 0, "w");
    }

    private String queue() {
        return QUEUES.get(random.nextInt(QUEUES.size()));
    }

    private long taskId() {
        return model.accepted.isEmpty() ? 1 : model.accepted.get(random.nextInt(model.accepted.size()));
    }

    private TaskSpec spec() {
        TaskSpec spec = TaskSpec.type("type" + random.nextInt(3))
                .queue(queue())
                .priority(Priority.of(random.nextInt(3)))
                .maxRetries(random.nextInt(3) - 1)
                .visibilityTimeoutMs(random.nextBoolean() ? 0 : 1000)
                .backoff(Backoff.of(random.nextInt(4)), random.nextInt(500), 2000, 1500, random.nextInt(50));
        if (random.nextInt(4) == 0) {
            spec.delayMs(random.nextInt(1500));
        }
        if (random.nextInt(6) == 0) {
            spec.expiresAtMs(Cast.START_MS + random.nextInt(600_000));
        }
        if (random.nextInt(3) == 0) {
            spec = TaskSpec.type("keyed")
                    .queue(queue())
                    .idempotencyKey("k" + random.nextInt(20))
                    .idempotencyWindowMs(60_000);
            spec.payload(new byte[] {(byte) random.nextInt(2)});
        }
        return spec;
    }

    private ByteBuffer specs(int count) {
        FrameWriter frames = new FrameWriter();
        for (int i = 0; i < count; i++) {
            Submit.write(frames, 0, spec());
        }
        return frames.written();
    }

    /** Something that a worker says about a task it was given, now or long ago. */
    private Step held(FrameWriter out) {
        long id = taskId();
        Model.Held held = model.lastHeld.getOrDefault(id, new Model.Held(sessions[0], 5));
        long lease = held.leaseId();
        long session = random.nextInt(10) == 0 ? sessions[random.nextInt(SESSIONS)] : held.session();
        FrameWriter frame =
                switch (random.nextInt(8)) {
                    case 0, 1, 2 -> {
                        int count = random.nextInt(4) == 0 ? 1 + random.nextInt(2) : 0;
                        yield Ack.write(out, requestId, id, lease, Result.NONE, count == 0 ? NOTHING : specs(count));
                    }
                    case 3, 4 ->
                        Nack.write(out, requestId, id, lease, random.nextInt(3) - 1, random.nextInt(9) == 0, "no");
                    case 5 -> Release.write(out, requestId, id, lease);
                    case 6 -> Extend.write(out, requestId, id, lease, random.nextBoolean() ? 0 : 2000);
                    default -> Progress.write(out, requestId, id, lease, random.nextInt(101), "");
                };
        return new Step(isOpen(session) ? session : sessions[0], frame);
    }

    private boolean isOpen(long session) {
        for (long open : sessions) {
            if (open == session) {
                return true;
            }
        }
        return false;
    }

    private FrameWriter pauseOrNote(FrameWriter out) {
        return random.nextBoolean()
                ? PauseQueue.write(out, requestId, queue(), random.nextBoolean(), text(), "ann")
                : NoteQueue.write(out, requestId, queue(), text(), "bob");
    }

    private String text() {
        return "t".repeat(random.nextInt(3));
    }

    private Step rare(FrameWriter out, long session) {
        switch (random.nextInt(10)) {
            case 0, 1, 2:
                return disconnect(out);
            case 3:
                return new Step(session, pauseOrNote(out));
            case 4:
                return new Step(session, ResumeQueue.write(out, requestId, queue()));
            case 5:
                return new Step(session, PutQueue.write(out, requestId, queue(), policy()));
            case 6:
                return random.nextInt(5) > 0
                        ? new Step(session, ResumeQueue.write(out, requestId, queue()))
                        : purge(out, session);
            case 7:
                DlqFilter filter = random.nextBoolean() ? DlqFilter.ANY : DlqFilter.queue(queue());
                DlqReplay.Options options = new DlqReplay.Options(random.nextInt(5), 0, false);
                return new Step(session, DlqReplay.write(out, requestId, options, filter, new long[0], NOTHING));
            case 8:
                long[] ids = {taskId(), taskId(), taskId()};
                return new Step(session, DlqDiscard.write(out, requestId, DlqReplay.Options.ALL, DlqFilter.ANY, ids));
            default:
                return internal(out);
        }
    }

    private Step purge(FrameWriter out, long session) {
        return random.nextBoolean()
                ? new Step(session, PurgeQueue.write(out, requestId, queue(), random.nextInt(3)))
                : new Step(session, DeleteQueue.write(out, requestId, queue(), random.nextInt(3) > 0));
    }

    private QueuePolicyFields policy() {
        OnDisconnect keep = OnDisconnect.of(random.nextInt(3));
        long maxTasks = random.nextBoolean() ? 0 : 20 + random.nextInt(200);
        return QueuePolicyFields.NOTHING
                .with(PolicyField.VISIBILITY_TIMEOUT, 1000 + random.nextInt(3000))
                .with(PolicyField.MAX_RETRIES, random.nextInt(4))
                .with(PolicyField.BASE, 100)
                .with(PolicyField.CAP, 1000)
                .with(PolicyField.FACTOR, 2000)
                .with(PolicyField.JITTER, 20)
                .with(Backoff.FIXED)
                .with(keep)
                .with(PolicyField.MAX_TASKS, maxTasks)
                .with(PolicyField.MINIMUM_SHARE_NORMAL, share())
                .with(PolicyField.MINIMUM_SHARE, share());
    }

    /** Two changes may set more, one after the other, than there can be; often enough none is set. */
    private int share() {
        return random.nextInt(3) == 0 ? QueuePolicyFields.UNSET : random.nextInt(46);
    }

    private Step disconnect(FrameWriter out) {
        int which = random.nextInt(SESSIONS);
        long gone = sessions[which];
        sessions[which] = connect();
        model.closed(gone);
        return new Step(gone, Disconnect.write(out, 0));
    }

    private Step internal(FrameWriter out) {
        if (random.nextInt(3) > 0) {
            return switch (random.nextInt(6)) {
                case 0 -> new Step(0, SetRetainedBytes.write(out, 0, random.nextInt(4) * 10_000L));
                case 1 ->
                    new Step(
                            0,
                            SetQueueLimits.write(
                                    out, 0, 2 + random.nextInt(4), 1 + random.nextInt(4), random.nextInt(4) * 1_000L));
                case 2 -> new Step(sessions[random.nextInt(SESSIONS)], QueueMaker.write(out, 0, random.nextInt(3)));
                default -> new Step(0, SetRetention.write(out, 0, random.nextInt(20_000)));
            };
        }
        term++;
        for (int i = 0; i < SESSIONS; i++) {
            model.closed(sessions[i]);
            sessions[i] = connect();
        }
        return new Step(0, NewTerm.write(out, 0, term, Partition.SEMANTICS_VERSION, 0, random.nextLong(), term));
    }
}
