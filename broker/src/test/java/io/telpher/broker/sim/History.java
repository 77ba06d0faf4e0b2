package io.telpher.broker.sim;

import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.CancelRequested;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.task.BatchSubmitted;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.Submitted;
import io.telpher.protocol.task.Task;
import io.telpher.protocol.task.TaskStateReply;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What clients know for sure, over all crashes: every reply is checked against it, and every recovery. */
final class History {
    private static final long NOBODYS = 900_000_000;

    /** A delivery as its worker remembers it. */
    record Held(long taskId, long leaseId, long session) {}

    /** The broker looks at the wall clock each second; it promises a minute. */
    private static final long LOOKS_NANOS = 5_000_000_000L;

    private static final long LATE_MS = 5;

    private final Trace trace;
    private final Checker checker;
    private final Clocks clocks = new Clocks();
    private final Map<Long, Submission> sent = new HashMap<>();
    private final Map<Long, Long> markerOf = new HashMap<>();
    /** Acks that were sent, by task. */
    private final Map<Long, Integer> acks = new HashMap<>();

    private final Map<Long, long[]> followUpsOf = new HashMap<>();
    private final Map<Long, Long> leaseOf = new HashMap<>();
    private final Set<Long> leases = new HashSet<>();
    private final Map<Long, Long> ackedUnder = new HashMap<>();
    private final Set<Long> cancelled = new HashSet<>();
    private final Queue<SimulatedSession.Reply> inbox = new ArrayDeque<>();
    private final List<Held> held = new ArrayList<>();
    private final List<Held> heldBefore = new ArrayList<>();
    private final List<Submission> unknown = new ArrayList<>();
    private final List<Long> ids = new ArrayList<>();
    long answers;
    private boolean undelivered;
    private boolean judgesTimes = true;
    private boolean judgesReads = true;
    private long lastAcked;
    long deliveries;

    History(Trace trace, Checker checker) {
        this.trace = trace;
        this.checker = checker;
    }

    /** What all that it holds about time is measured by. */
    Clocks clocks() {
        return clocks;
    }

    /** Several machines have clocks of their own: rules about time are held elsewhere. */
    void withoutTimes() {
        judgesTimes = false;
    }

    /** Whether what is read from here on comes from who leads for certain, and tells all that is confirmed; from another one a GET tells what was confirmed when it was asked. */
    void judgesReads(boolean does) {
        judgesReads = does;
    }

    Submission sending(Submission submission) {
        sent.put(submission.marker, submission);
        return submission;
    }

    /** The connection is over; whatever was asked may have happened. */
    void lost(SimulatedSession session) {
        for (Asked asked : session.asked().values()) {
            for (Submission submission : asked.submissions()) {
                if (submission.hasKey() && asked.type() == MessageType.SUBMIT) {
                    unknown.add(submission);
                }
            }
        }
        session.close();
    }

    @Nullable
    Submission takeUnknown() {
        return unknown.isEmpty() ? null : unknown.remove(unknown.size() - 1);
    }

    /** Some task that was confirmed; an id that nobody was given when there is none. */
    long someTask(Dice dice) {
        return ids.isEmpty() ? NOBODYS : ids.get(Math.max(0, ids.size() - 1 - dice.below(Math.min(ids.size(), 400))));
    }

    /** The task whose submit, or ack, was confirmed last. */
    long lastConfirmed(Dice dice) {
        boolean isAcked = lastAcked != 0 && dice.oneIn(2);
        return isAcked ? lastAcked : ids.isEmpty() ? NOBODYS : ids.get(ids.size() - 1);
    }

    /** What a GET that is asked now has to show. */
    Asked.Sees sees(long id) {
        if (ackedUnder.containsKey(id)) {
            return Asked.Sees.THAT_IT_IS_COMPLETED;
        }
        return markerOf.containsKey(id) ? Asked.Sees.THAT_IT_IS_THERE : Asked.Sees.ANYTHING;
    }

    /** These are asked to run at another time than was asked first. */
    void moves(long... taskIds) {
        for (long id : taskIds) {
            Submission submission = sent.get(markerOf.getOrDefault(id, 0L));
            if (submission != null) {
                submission.moved = true;
            }
        }
    }

    /** A lease that its worker still believes in, or one from long ago; null when there is none. */
    @Nullable
    Held someHeld(Dice dice) {
        if (!held.isEmpty() && !dice.oneIn(8)) {
            int i = dice.below(held.size());
            Held taken = held.get(i);
            held.set(i, held.get(held.size() - 1));
            held.remove(held.size() - 1);
            heldBefore.add(taken);
            return taken;
        }
        return heldBefore.isEmpty()
                ? null
                : heldBefore.get(Math.max(0, heldBefore.size() - 1 - dice.below(Math.min(heldBefore.size(), 60))));
    }

    /** It is still at work, and will speak of the lease again. */
    void keepsHolding(Held lease) {
        held.add(lease);
    }

    List<Held> takeHeldBy(long session) {
        List<Held> taken =
                held.stream().filter(each -> each.session() == session).toList();
        held.removeAll(taken);
        return taken;
    }

    // ---- replies

    Queue<SimulatedSession.Reply> inbox() {
        return inbox;
    }

    /**
     * Everything that came. Deliveries first: what different connections got in one cycle of the broker lies here in no order that means
     * something, and in that cycle a task may have been delivered, lost and cancelled.
     */
    void read() {
        List<SimulatedSession.Reply> replies = List.copyOf(inbox);
        inbox.clear();
        replies.forEach(reply -> read(reply, true));
        replies.forEach(reply -> read(reply, false));
        checker.reserves.read(checker.model());
    }

    private void read(SimulatedSession.Reply reply, boolean deliveriesOnly) {
        ByteBuffer frames = reply.frames();
        for (int offset = 0; offset < frames.limit(); offset += (int) Frame.bytes(frames, offset)) {
            boolean isDelivery = Frame.typeCode(frames, offset) == MessageType.DELIVERIES.code();
            if (isDelivery == deliveriesOnly) {
                answers++;
                trace.add(frames.getInt(offset + 4) * 31L + frames.getInt(offset + 8));
                reply(reply.session(), frames, offset);
            }
        }
    }

    private void reply(SimulatedSession session, ByteBuffer frames, int offset) {
        MessageType type = MessageType.known(Frame.typeCode(frames, offset));
        if (type == MessageType.CANCEL_REQUESTED) {
            pushed(new CancelRequested().wrap(frames, offset));
            return;
        }
        int requestId = Frame.requestId(frames, offset);
        Asked asked = session.asked().remove(requestId);
        Rule.REPLIES_SAY_WHAT_HAPPENED.holds(
                asked != null, () -> type + " answers request " + requestId + ", which is not under way");
        if (asked == null) {
            return;
        }
        trace.say(() -> "  " + asked.type() + " -> " + type);
        switch (type) {
            case ERROR -> refused(session, asked, new ErrorReply().wrap(frames, offset));
            case SUBMITTED -> submitted(asked, new Submitted().wrap(frames, offset));
            case BATCH_SUBMITTED -> batchSubmitted(asked, new BatchSubmitted().wrap(frames, offset));
            case DELIVERIES -> delivered(session, new Deliveries().wrap(frames, offset));
            case TASK_STATE -> changed(asked, new TaskStateReply().wrap(frames, offset));
            case TASK -> read(asked, new Task().wrap(frames, offset).view());
            default -> trace.add(type.code());
        }
    }

    private void refused(SimulatedSession session, Asked asked, ErrorReply error) {
        ErrorCode code = error.code();
        Rule.REPLIES_SAY_WHAT_HAPPENED.holds(
                code != null
                        && code != ErrorCode.UNAUTHENTICATED
                        && !error.message().isEmpty(),
                () -> asked.type() + " refused with " + code);
        trace.say(() -> "    " + code + ": " + error.message());
        if (asked.type() == MessageType.RESERVE && code == ErrorCode.OVERLOADED) {
            checker.reserves.refused(session.id());
        }
        boolean confirmed = markerOf.containsKey(asked.taskId()) && (judgesReads || asked.type() != MessageType.GET);
        Rule.READS_SEE_WHAT_WAS_CONFIRMED.holds(
                code != ErrorCode.TASK_NOT_FOUND || asked.sees() == Asked.Sees.ANYTHING,
                () -> asked.type() + " of a task that was confirmed before: " + error.message());
        Rule.CONFIRMED_IS_KEPT.holds(
                code != ErrorCode.TASK_NOT_FOUND || !confirmed,
                () -> asked.type() + " of a confirmed task: " + error.message());
    }

    private void submitted(Asked asked, Submitted reply) {
        Submission submission = asked.submissions().get(0);
        confirmed(submission, reply.taskId(), reply.duplicate());
    }

    private void batchSubmitted(Asked asked, BatchSubmitted reply) {
        Rule.UNCONFIRMED_IS_WHOLE_OR_ABSENT.holds(
                reply.count() == asked.submissions().size(),
                () -> "of " + asked.submissions().size() + " tasks in a batch " + reply.count() + " were made");
        for (int i = 0; i < reply.count(); i++) {
            confirmed(asked.submissions().get(i), reply.taskId(i), reply.duplicate(i));
        }
    }

    private void confirmed(Submission submission, long taskId, boolean duplicate) {
        trace.say(() -> "    " + TaskId.format(taskId) + " marker " + submission.marker + (duplicate ? " again" : ""));
        Long before = markerOf.putIfAbsent(taskId, submission.marker);
        if (before == null) {
            ids.add(taskId);
        }
        Rule.ONE_KEY_ONE_TASK.holds(
                before == null || before == submission.marker,
                () -> TaskId.format(taskId) + " was confirmed for marker " + before + " and for " + submission.marker);
        Rule.ONE_KEY_ONE_TASK.holds(
                !duplicate || submission.hasKey(),
                () -> "a submit without a key is a duplicate of " + TaskId.format(taskId));
    }

    /** From here on there may be leases of which the worker never hears: their payloads could not be read. */
    void someUndelivered() {
        undelivered = true;
    }

    private void pushed(CancelRequested push) {
        Rule.STALE_LEASE_DOES_NOTHING.holds(
                undelivered || leases.contains(push.leaseId()),
                () -> "a cancel for lease " + push.leaseId() + ", never given");
    }

    private void delivered(SimulatedSession session, Deliveries reply) {
        Delivery delivery = reply.first();
        while (delivery.next()) {
            deliveries++;
            long id = delivery.taskId();
            long lease = delivery.leaseId();
            trace.say(() -> "    " + TaskId.format(id) + " lease " + lease);
            Rule.LEASE_IDS_NEVER_REPEAT.holds(leases.add(lease), () -> "lease " + lease + " was given twice");
            leaseOf.put(id, lease);
            checkContent(id, delivery.submit());
            checkNotEarly(id, sent.get(ReferenceTask.marker(delivery.submit())));
            Rule.ACKED_IS_NEVER_DELIVERED_AGAIN.holds(
                    !ackedUnder.containsKey(id),
                    () -> TaskId.format(id) + " was acked under lease " + ackedUnder.get(id)
                            + " and is delivered under " + lease);
            Rule.FIRST_OF_CANCEL_AND_ACK_WINS.holds(
                    !cancelled.contains(id), () -> TaskId.format(id) + " was cancelled and is delivered");
            held.add(new Held(id, lease, session.id()));
        }
    }

    private void checkContent(long id, Submit submit) {
        long marker = ReferenceTask.marker(submit);
        Rule.NOTHING_FROM_NOWHERE.holds(
                sent.containsKey(marker), () -> TaskId.format(id) + " carries marker " + marker + ", never sent");
        Long confirmed = markerOf.get(id);
        Rule.NOTHING_FROM_NOWHERE.holds(
                confirmed == null || confirmed == marker,
                () -> TaskId.format(id) + " carries marker " + marker + ", not " + confirmed);
    }

    private void checkNotEarly(long id, @Nullable Submission submission) {
        if (submission == null || submission.moved || !judgesTimes) {
            return;
        }
        Submission.Times times = submission.times;
        long passedMicros = (clocks.nanoTime() - times.sentNanos()) / 1000 + clocks.inventedMicros(times.sentNanos());
        Rule.DELAYED_IS_NEVER_EARLY.holds(
                passedMicros >= times.delayMs() * 1000,
                () -> TaskId.format(id) + " comes after " + passedMicros + " us, not " + times.delayMs() + " ms");
        Rule.INSTANTS_FOLLOW_THE_WALL_CLOCK.holds(
                clocks.wallMsMax(times.sentNanos() - LOOKS_NANOS) >= times.runAtMs(),
                () -> TaskId.format(id) + " comes before " + times.runAtMs() + "; it is " + clocks.wallMs());
    }

    /** Nothing is under way: what the wall clock has shown for a while has happened, and nothing that it has not shown. */
    void checkTimes(ReferenceState state) {
        long shownMs = clocks.wallMsMin(clocks.nanoTime() - LOOKS_NANOS) - LATE_MS;
        for (ReferenceTask task : state.tasks.values()) {
            Submission submission = Objects.requireNonNull(sent.get(task.marker));
            Submission.Times times = submission.times;
            boolean waits = task.state == TaskState.SCHEDULED && times.runAtMs() > 0 && !submission.moved;
            Rule.INSTANTS_FOLLOW_THE_WALL_CLOCK.holds(
                    !waits || times.runAtMs() > shownMs,
                    () -> task + " waits for " + times.runAtMs() + ", and the wall clock has shown " + shownMs);
            boolean lives = task.state.isPending() && task.replays == 0 && times.expiresAtMs() > 0;
            Rule.INSTANTS_FOLLOW_THE_WALL_CLOCK.holds(
                    !lives || times.expiresAtMs() > shownMs,
                    () -> task + " expires at " + times.expiresAtMs() + ", and the wall clock has shown " + shownMs);
            Rule.INSTANTS_FOLLOW_THE_WALL_CLOCK.holds(
                    task.state != TaskState.EXPIRED
                            || clocks.wallMsMax(times.sentNanos() - LOOKS_NANOS) >= times.expiresAtMs(),
                    () -> task + " expired before " + times.expiresAtMs());
        }
    }

    private void changed(Asked asked, TaskStateReply reply) {
        long id = asked.taskId();
        trace.say(() -> "    " + TaskId.format(id) + " " + reply.state());
        Rule.REPLIES_SAY_WHAT_HAPPENED.holds(
                reply.taskId() == id, () -> "asked about " + id + ", answered about " + reply.taskId());
        if (asked.type() == MessageType.ACK) {
            acked(asked, reply);
        } else if (asked.type() == MessageType.CANCEL && reply.state() == TaskState.CANCELLED) {
            cancelled.add(id);
            Rule.FIRST_OF_CANCEL_AND_ACK_WINS.holds(
                    !ackedUnder.containsKey(id), () -> TaskId.format(id) + " was acked, then cancelled");
        }
    }

    void acks(long id) {
        acks.merge(id, 1, Integer::sum);
    }

    private void acked(Asked asked, TaskStateReply reply) {
        long id = asked.taskId();
        Rule.REPLIES_SAY_WHAT_HAPPENED.holds(
                reply.state() == TaskState.COMPLETED, () -> TaskId.format(id) + " acked and " + reply.state());
        Rule.FIRST_OF_CANCEL_AND_ACK_WINS.holds(
                !cancelled.contains(id), () -> TaskId.format(id) + " was cancelled, then acked");
        Long before = ackedUnder.put(id, asked.leaseId());
        lastAcked = id;
        Rule.STALE_LEASE_DOES_NOTHING.holds(
                before == null || before == asked.leaseId(),
                () -> TaskId.format(id) + " was acked under " + before + " and under " + asked.leaseId());
        long[] followUps = reply.followUpIds();
        long[] earlier = followUpsOf.putIfAbsent(id, followUps);
        Rule.FOLLOW_UPS_WITH_THEIR_ACK.holds(
                earlier == null || Arrays.equals(earlier, followUps),
                () -> "a repeated ack of " + TaskId.format(id) + " tells other follow-ups");
        // Of several acks with follow-ups of their own, the one that counted is not known.
        boolean first = before == null && followUps.length > 0 && acks.getOrDefault(id, 1) == 1;
        Rule.FOLLOW_UPS_WITH_THEIR_ACK.holds(
                !first || followUps.length == asked.submissions().size(),
                () -> followUps.length + " follow-ups of " + asked.submissions().size());
        for (int i = 0; first && i < followUps.length; i++) {
            confirmed(asked.submissions().get(i), followUps[i], false);
        }
    }

    private void read(Asked asked, TaskView view) {
        checkShown(view);
        boolean isOver = view.state.isFinal() && view.state != TaskState.DEAD;
        if (!view.payloadUnreadable
                && (!isOver || view.payload.length > 0)) { // a payload that nobody gets any more goes with its file
            checkMarker(asked, view);
        }
        Rule.READS_SEE_WHAT_WAS_CONFIRMED.holds(
                asked.sees() != Asked.Sees.THAT_IT_IS_COMPLETED || view.state == TaskState.COMPLETED,
                () -> TaskId.format(asked.taskId()) + " was acked before it was asked for, and reads as " + view.state);
        if (judgesReads && ackedUnder.containsKey(asked.taskId())) {
            Rule.REPLIES_SAY_WHAT_HAPPENED.holds(
                    view.state == TaskState.COMPLETED && (view.resultUnreadable || hasResult(view)),
                    () -> TaskId.format(asked.taskId()) + " was acked and reads as " + view.state);
        }
    }

    /** As far as nothing disturbed the clocks meanwhile: when it was made is shown as the wall clock has it now. */
    private void checkShown(TaskView view) {
        Submission submission = sent.get(markerOf.getOrDefault(view.taskId, 0L));
        boolean isQuiet = clocks.nanoTime() - clocks.wallSetNanos() > 12 * LOOKS_NANOS;
        if (submission == null || !isQuiet || !judgesTimes || clocks.brokerMovedSince(submission.times.sentNanos())) {
            return;
        }
        long sentMs = Clocks.wallMs(submission.times.sentNanos(), clocks.wallErrorMs());
        Rule.INSTANTS_FOLLOW_THE_WALL_CLOCK.holds(
                view.createdAtMs >= sentMs - LATE_MS && view.createdAtMs <= clocks.wallMs() + LATE_MS,
                () -> TaskId.format(view.taskId) + " was sent at " + sentMs + ", and shows " + view.createdAtMs);
    }

    private void checkMarker(Asked asked, TaskView view) {
        long marker = ByteBuffer.wrap(view.payload)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .getLong();
        Long confirmed = markerOf.get(asked.taskId());
        Rule.CONFIRMED_IS_KEPT.holds(
                confirmed == null || confirmed == marker,
                () -> TaskId.format(asked.taskId()) + " reads as marker " + marker + ", not " + confirmed);
    }

    /** Each ack's result is its lease id. */
    private boolean hasResult(TaskView view) {
        Long lease = ackedUnder.get(view.taskId);
        ByteBuffer result = view.result.bytes();
        return lease != null
                && result.remaining() == Long.BYTES
                && result.duplicate().order(java.nio.ByteOrder.LITTLE_ENDIAN).getLong() == lease;
    }

    // ---- after a recovery, and now and then

    /** Nothing is under way any more, so nothing but waiting reserves is unanswered. */
    static void checkAnswered(SimulatedSession session) {
        for (Asked asked : session.asked().values()) {
            Rule.REPLIES_SAY_WHAT_HAPPENED.holds(
                    asked.type() == MessageType.RESERVE, () -> asked.type() + " is never answered");
        }
    }

    /** The broker's own idea, as the model that replayed its journal has it, holds all that was confirmed. */
    void check(ReferenceState state) {
        for (Map.Entry<Long, Long> entry : markerOf.entrySet()) {
            long id = entry.getKey();
            Rule.CONFIRMED_IS_KEPT.holds(
                    TaskId.sequence(id) <= state.lastSequence, () -> "confirmed " + TaskId.format(id) + " is gone");
            ReferenceTask task = state.tasks.get(TaskId.sequence(id));
            Rule.CONFIRMED_IS_KEPT.holds(
                    task == null || task.marker == entry.getValue(),
                    () -> "confirmed " + TaskId.format(id) + " is another one now");
            boolean acked = ackedUnder.containsKey(id);
            Rule.ACKED_IS_NEVER_DELIVERED_AGAIN.holds(
                    task == null || !acked || task.state == TaskState.COMPLETED,
                    () -> TaskId.format(id) + " was acked and is " + task);
        }
        for (ReferenceTask task : state.tasks.values()) {
            Rule.NOTHING_FROM_NOWHERE.holds(sent.containsKey(task.marker), () -> task + " was sent by nobody");
        }
    }
}
