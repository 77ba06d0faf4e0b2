package io.telpher.broker.sim;

import io.telpher.protocol.Backoff;
import io.telpher.protocol.OnDisconnect;
import io.telpher.protocol.Priority;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.deadletter.DlqDiscard;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
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
import io.telpher.protocol.task.Cancel;
import io.telpher.protocol.task.Get;
import io.telpher.protocol.task.Reschedule;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** What clients ask for, by chance: each step writes one request into a session's next piece. */
final class Load {
    private static final List<String> QUEUES = List.of("mail", "sms", "default");
    /** More than there may be together with the others, and often without a task. */
    private static final List<String> RARE = List.of("rare0", "rare1", "rare2", "rare3", "rare4", "rare5");

    static final List<String> ALL_QUEUES =
            Stream.concat(QUEUES.stream(), RARE.stream()).toList();
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int KEYS = 60;
    private static final long NEVER_GIVEN = 1L << 45;

    private final History history;
    private final Dice dice;
    private final Map<String, Submission> keyed = new HashMap<>();
    private long markers;

    Load(History history, Dice dice) {
        this.history = history;
        this.dice = dice;
    }

    MessageType request(SimulatedSession session, FrameWriter out, long nowMs) {
        int which = dice.below(100);
        if (which < 30) {
            return submit(session, out, submission(nowMs));
        } else if (which < 34) {
            return submitBatch(session, out, nowMs);
        } else if (which < 55) {
            return reserve(session, out);
        } else if (which < 87) {
            return held(session, out, nowMs);
        } else if (which < 91) {
            long id = history.someTask(dice);
            Cancel.write(out, session.ask(Asked.about(MessageType.CANCEL, id, 0)), id);
            return MessageType.CANCEL;
        } else if (which < 95) {
            return read(session, out, history.someTask(dice));
        }
        return operate(session, out, nowMs);
    }

    MessageType read(SimulatedSession session, FrameWriter out, long id) {
        Get.write(out, session.ask(Asked.reads(id, history.sees(id))), id, true);
        return MessageType.GET;
    }

    MessageType submit(SimulatedSession session, FrameWriter out, Submission submission) {
        Submit.write(out, session.ask(Asked.submits(MessageType.SUBMIT, List.of(submission))), submission.spec);
        return MessageType.SUBMIT;
    }

    private MessageType submitBatch(SimulatedSession session, FrameWriter out, long nowMs) {
        List<Submission> submissions = submissions(1 + dice.below(6), nowMs);
        int requestId = session.ask(Asked.submits(MessageType.SUBMIT_BATCH, submissions));
        SubmitBatch.write(out, requestId, submissions.size(), frames(submissions));
        return MessageType.SUBMIT_BATCH;
    }

    private List<Submission> submissions(int count, long nowMs) {
        List<Submission> submissions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            submissions.add(submission(nowMs));
        }
        return submissions;
    }

    private static ByteBuffer frames(List<Submission> submissions) {
        FrameWriter frames = new FrameWriter();
        submissions.forEach(submission -> Submit.write(frames, 0, submission.spec));
        return frames.written();
    }

    private Submission submission(long nowMs) {
        if (!dice.oneIn(3)) {
            return unkeyed(nowMs);
        }
        String queue = queue();
        String key = "k" + dice.below(KEYS);
        Submission before = keyed.get(queue + key);
        if (before != null && !dice.oneIn(4)) {
            return before;
        }
        TaskSpec spec = TaskSpec.type("keyed")
                .queue(queue)
                .idempotencyKey(key)
                .idempotencyWindowMs(60_000 + dice.below(3) * 60_000L)
                .backoff(Backoff.EXPONENTIAL, 200, 5000, 2000, 0);
        if (dice.oneIn(3)) {
            spec.maxRetries(0); // soon dead, and replayed: then it takes its key again
        }
        Submission submission =
                sending(key, spec, new Submission.Times(history.clocks().nanoTime(), 0, 0, 0));
        keyed.put(queue + key, submission);
        return submission;
    }

    private Submission unkeyed(long nowMs) {
        TaskSpec spec = TaskSpec.type("type" + dice.below(3))
                .queue(queue())
                .priority(Priority.of(dice.below(3)))
                .maxRetries(dice.below(4) - 1)
                .backoff(backoff(), dice.below(500), 2000, 2000, 0);
        long delayMs = dice.oneIn(4) ? 1 + dice.below(3000) : 0;
        long runAtMs = delayMs == 0 && dice.oneIn(6) ? nowMs + ahead() : 0;
        long expiresAtMs = dice.oneIn(6) ? Math.max(nowMs, runAtMs) + ahead() : 0;
        spec.delayMs(delayMs).runAtMs(runAtMs).expiresAtMs(expiresAtMs);
        return sending("", spec, new Submission.Times(history.clocks().nanoTime(), delayMs, runAtMs, expiresAtMs));
    }

    /** Within seconds, now and then an hour. */
    private long ahead() {
        return dice.oneIn(10) ? dice.below(3_600_000) : 1 + dice.below(dice.oneIn(2) ? 3_000 : 30_000);
    }

    private Backoff backoff() {
        return switch (dice.below(3)) {
            case 0 -> Backoff.FIXED;
            case 1 -> Backoff.LINEAR;
            default -> Backoff.EXPONENTIAL;
        };
    }

    private Submission sending(String key, TaskSpec spec, Submission.Times times) {
        long marker = ++markers;
        int bytes = Long.BYTES + (dice.oneIn(40) ? 3000 + dice.below(6000) : dice.below(150));
        ByteBuffer payload =
                ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, marker);
        if (dice.oneIn(30)) {
            lookLikeBatches(payload);
        }
        spec.payload(payload.array());
        return history.sending(new Submission(marker, key, spec, times));
    }

    /** Like headers of journal batches that claim everything as synced; only their checksum is wrong. */
    private static void lookLikeBatches(ByteBuffer payload) {
        for (int at = Long.BYTES; at + 49 <= payload.capacity(); at += 49) {
            payload.putInt(at, 0x4C45_5442)
                    .putShort(at + 4, (short) 1)
                    .putLong(at + 8, 99)
                    .putLong(at + 32, 1L << 40);
        }
    }

    private String queue() {
        return dice.oneIn(12) ? RARE.get(dice.below(RARE.size())) : QUEUES.get(dice.below(QUEUES.size()));
    }

    private MessageType reserve(SimulatedSession session, FrameWriter out) {
        int leaseMs = dice.oneIn(3) ? 0 : 1000 + dice.below(4000);
        Reserve.Wants wants =
                new Reserve.Wants(1 + dice.below(4), dice.below(3) * 400, leaseMs, "worker" + dice.below(3));
        Reserve.write(out, session.ask(Asked.about(MessageType.RESERVE, 0, 0)), wants, queues());
        return MessageType.RESERVE;
    }

    // ---- what workers say about what they hold, or held

    private MessageType held(SimulatedSession session, FrameWriter out, long nowMs) {
        History.Held held = history.someHeld(dice);
        if (held == null) {
            return reserve(session, out);
        }
        long id = dice.oneIn(30) ? history.someTask(dice) : held.taskId();
        long lease = dice.oneIn(30) ? held.leaseId() ^ NEVER_GIVEN : held.leaseId();
        int which = dice.below(20);
        if (which < 11) {
            return ack(session, out, id, lease, nowMs);
        } else if (which < 15) {
            int request = session.ask(Asked.about(MessageType.NACK, id, lease));
            long retryAfterMs = dice.oneIn(3) ? dice.below(600) : -1;
            Nack.write(out, request, id, lease, retryAfterMs, dice.oneIn(9), "no");
            return MessageType.NACK;
        } else if (which < 17) {
            Release.write(out, session.ask(Asked.about(MessageType.RELEASE, id, lease)), id, lease);
            return MessageType.RELEASE;
        }
        history.keepsHolding(held);
        if (which < 19) {
            int request = session.ask(Asked.about(MessageType.EXTEND, id, lease));
            Extend.write(out, request, id, lease, dice.oneIn(2) ? 0 : 1000 + dice.below(3000), dice.oneIn(3));
            return MessageType.EXTEND;
        }
        Progress.write(
                out, session.ask(Asked.about(MessageType.PROGRESS, id, lease)), id, lease, dice.below(101), "half");
        return MessageType.PROGRESS;
    }

    private MessageType ack(SimulatedSession session, FrameWriter out, long id, long lease, long nowMs) {
        List<Submission> followUps = dice.oneIn(5) ? submissions(1 + dice.below(3), nowMs) : List.of();
        history.acks(id);
        int request = session.ask(new Asked(MessageType.ACK, followUps, id, lease, Asked.Sees.ANYTHING));
        Ack.write(out, request, id, lease, result(lease), followUps.isEmpty() ? NOTHING : frames(followUps));
        return MessageType.ACK;
    }

    static Result result(long lease) {
        return Result.of(
                "x/lease",
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(0, lease)
                        .array());
    }

    // ---- operators

    private MessageType operate(SimulatedSession session, FrameWriter out, long nowMs) {
        switch (dice.below(17)) {
            case 16:
                NoteQueue.write(out, ask(session, MessageType.NOTE_QUEUE), queue(), "n".repeat(dice.below(3)), "");
                return MessageType.NOTE_QUEUE;
            case 13, 14, 15:
                return reschedule(session, out, nowMs);
            case 12:
                DeleteQueue.write(out, ask(session, MessageType.DELETE_QUEUE), queue(), dice.oneIn(2));
                return MessageType.DELETE_QUEUE;
            case 0:
                PauseQueue.write(
                        out,
                        ask(session, MessageType.PAUSE_QUEUE),
                        queue(),
                        dice.oneIn(2),
                        "p".repeat(dice.below(3)),
                        "");
                return MessageType.PAUSE_QUEUE;
            case 1, 2, 3, 4, 5:
                ResumeQueue.write(out, ask(session, MessageType.RESUME_QUEUE), queue());
                return MessageType.RESUME_QUEUE;
            case 6:
                PutQueue.write(out, ask(session, MessageType.PUT_QUEUE), queue(), policy());
                return MessageType.PUT_QUEUE;
            case 7:
                PurgeQueue.write(out, ask(session, MessageType.PURGE_QUEUE), queue(), 1 + dice.below(5));
                return MessageType.PURGE_QUEUE;
            case 8, 9:
                return replay(session, out);
            default:
                long[] ids = dice.oneIn(2) ? new long[] {history.someTask(dice), history.someTask(dice)} : new long[0];
                DlqFilter filter = DlqFilter.queue(queue());
                DlqDiscard.write(out, ask(session, MessageType.DLQ_DISCARD), options(), filter, ids);
                return MessageType.DLQ_DISCARD;
        }
    }

    private MessageType reschedule(SimulatedSession session, FrameWriter out, long nowMs) {
        long[] ids = LongStream.generate(() -> history.someTask(dice))
                .limit(1 + dice.below(6))
                .toArray();
        Priority priority = dice.oneIn(2) ? Priority.of(dice.below(3)) : null;
        Reschedule.Change change =
                switch (dice.below(4)) {
                    case 0 -> Reschedule.Change.of(Priority.of(dice.below(3)));
                    case 1 -> new Reschedule.Change(priority, 0, 0);
                    case 2 -> new Reschedule.Change(priority, 1 + dice.below(3_000), 0);
                    default -> new Reschedule.Change(priority, Reschedule.KEEP, nowMs + ahead());
                };
        if (change.moves()) {
            history.moves(ids);
        }
        Reschedule.write(out, ask(session, MessageType.RESCHEDULE), change, ids);
        return MessageType.RESCHEDULE;
    }

    private MessageType replay(SimulatedSession session, FrameWriter out) {
        long[] ids = dice.oneIn(3) ? new long[] {history.someTask(dice), history.someTask(dice)} : new long[0];
        DlqFilter filter = dice.oneIn(2) ? DlqFilter.ANY : DlqFilter.queue(queue());
        DlqReplay.write(out, ask(session, MessageType.DLQ_REPLAY), options(), filter, ids, NOTHING);
        return MessageType.DLQ_REPLAY;
    }

    private DlqReplay.Options options() {
        return new DlqReplay.Options(dice.below(4), 0, dice.oneIn(6));
    }

    private static int ask(SimulatedSession session, MessageType type) {
        return session.ask(Asked.about(type, 0, 0));
    }

    private List<String> queues() {
        if (dice.oneIn(2)) {
            return List.of(queue(), queue());
        }
        return List.of(queue() + ":" + (1 + dice.below(5)), queue() + ":" + (1 + dice.below(3)));
    }

    private QueuePolicyFields policy() {
        OnDisconnect onDisconnect = OnDisconnect.of(dice.below(3));
        if (dice.oneIn(3)) {
            return QueuePolicyFields.NOTHING;
        }
        long maxTasks = dice.oneIn(2) ? 0 : 20 + dice.below(200);
        return QueuePolicyFields.DEFAULT
                .with(PolicyField.VISIBILITY_TIMEOUT, 1000 + dice.below(3000))
                .with(PolicyField.MAX_RETRIES, dice.below(4))
                .with(PolicyField.BASE, 100)
                .with(PolicyField.CAP, 1000)
                .with(PolicyField.FACTOR, 2000)
                .with(PolicyField.JITTER, 0)
                .with(Backoff.FIXED)
                .with(onDisconnect)
                .with(PolicyField.DISCONNECT_GRACE, dice.below(3) * 700L)
                .with(PolicyField.MAX_CRASHES, dice.oneIn(3) ? 1 + dice.below(4) : 250)
                .with(PolicyField.KEY_RELEASE, dice.below(2))
                .with(PolicyField.MAX_TASKS, maxTasks);
    }
}
