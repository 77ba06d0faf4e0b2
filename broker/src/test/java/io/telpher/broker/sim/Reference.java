package io.telpher.broker.sim;

import io.telpher.protocol.QueueName;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.deadletter.DlqDiscard;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.frame.Elements;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.Frames;
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
import io.telpher.protocol.queue.PurgeQueue;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.queue.ResumeQueue;
import io.telpher.protocol.record.Clock;
import io.telpher.protocol.record.Disconnect;
import io.telpher.protocol.record.EndWaits;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.record.PayloadUnreadable;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The naive model: applies the same records as the partition, one rule after the other, without a thought for speed or memory. */
final class Reference {
    final ReferenceState state = new ReferenceState();
    final ReferenceDeadlines deadlines = new ReferenceDeadlines(state);
    private MessageType lastType = MessageType.TICK;
    private long makerSession;
    private long maker;

    void apply(long stampMs, long session, ByteBuffer frames, int offset) {
        long sinceLastMs = stampMs - state.nowMs;
        state.touched.clear();
        state.nowMs = stampMs;
        state.maker = session == makerSession ? maker : 0;
        lastType = MessageType.known(Frame.typeCode(frames, offset));
        switch (lastType) {
            case SUBMIT -> submit(List.of(new Submit().wrap(frames, offset)));
            case SUBMIT_BATCH ->
                submit(all(new SubmitBatch().wrap(frames, offset).tasks()));
            case RESERVE -> reserve(session, new Reserve().wrap(frames, offset));
            case ACK -> ack(new Ack().wrap(frames, offset));
            case NACK -> nack(new Nack().wrap(frames, offset));
            case RELEASE -> release(new Release().wrap(frames, offset));
            case EXTEND -> extend(session, new Extend().wrap(frames, offset));
            case CANCEL -> cancel(new Cancel().wrap(frames, offset).taskId());
            case RESCHEDULE -> reschedule(new Reschedule().wrap(frames, offset));
            case DELETE_QUEUE -> deleteQueue(new DeleteQueue().wrap(frames, offset));
            case SET_QUEUE_LIMITS -> {
                SetQueueLimits limits = new SetQueueLimits().wrap(frames, offset);
                state.queuesMax = limits.queuesMax();
                state.perMakerMax = limits.queuesPerClientMax();
                state.idleTtlMs = limits.idleTtlMs();
            }
            case QUEUE_MAKER -> {
                makerSession = session;
                maker = new QueueMaker().wrap(frames, offset).maker();
            }
            case PUT_QUEUE -> putQueue(new PutQueue().wrap(frames, offset));
            case PAUSE_QUEUE -> pause(new PauseQueue().wrap(frames, offset));
            case NOTE_QUEUE -> note(new NoteQueue().wrap(frames, offset));
            case RESUME_QUEUE -> resume(new ResumeQueue().wrap(frames, offset).queue());
            case PURGE_QUEUE -> purge(new PurgeQueue().wrap(frames, offset));
            case DLQ_REPLAY -> replayDead(new DlqReplay().wrap(frames, offset));
            case DLQ_DISCARD -> discardDead(new DlqDiscard().wrap(frames, offset));
            case TICK -> tick(new Tick().wrap(frames, offset));
            case CLOCK -> state.wallOffsetMs = new Clock().wrap(frames, offset).wallOffsetMs();
            case DISCONNECT ->
                disconnect(session, new Disconnect().wrap(frames, offset).leasesMax());
            case NEW_TERM ->
                state.newTerm(sinceLastMs, new NewTerm().wrap(frames, offset).resumeMs());
            case SET_RETENTION ->
                state.retentionMs = new SetRetention().wrap(frames, offset).retentionMs();
            case SET_RETAINED_BYTES -> {
                state.retainedBytesMax =
                        new SetRetainedBytes().wrap(frames, offset).bytesMax();
                state.crowd();
            }
            case PAYLOAD_UNREADABLE -> unreadable(new PayloadUnreadable().wrap(frames, offset));
            case PROGRESS -> progress(new Progress().wrap(frames, offset));
            case END_WAITS -> {
                for (int left = new EndWaits().wrap(frames, offset).limit();
                        left > 0 && !state.waits.isEmpty();
                        left--) {
                    remove(state.waits.first());
                }
            }
            default -> throw new IllegalStateException("the model does not know " + lastType);
        }
        state.noteIdleQueues();
    }

    /** Of the last record applied. */
    MessageType lastType() {
        return lastType;
    }

    // ---- submits

    private void submit(List<Submit> submits) {
        if (plan(submits, null)) {
            grant();
        }
    }

    private static List<Submit> all(Frames frames) {
        List<Submit> submits = new ArrayList<>();
        while (frames.next()) {
            submits.add(new Submit().wrap(frames.buffer(), frames.offset()));
        }
        return submits;
    }

    /** All of them or none. */
    private boolean plan(List<Submit> submits, @Nullable ReferenceQueue frees) {
        Map<String, Long> keysHere = new HashMap<>();
        Map<String, Integer> planned = new HashMap<>();
        if (frees != null) {
            planned.put(frees.name, -1);
        }
        List<Submit> fresh = new ArrayList<>();
        for (Submit submit : submits) {
            if (isRepeat(submit, keysHere)) {
                if (!sameContent(submit, keysHere)) {
                    return false;
                }
            } else if (takesPlace(submit, planned)) {
                fresh.add(submit);
                keysHere.put(submit.queue() + "\0" + submit.idempotencyKey(), ContentHash.of(submit));
            } else {
                return false;
            }
        }
        fresh.forEach(state::accept);
        return true;
    }

    private boolean isRepeat(Submit submit, Map<String, Long> keysHere) {
        String key = submit.idempotencyKey();
        return !key.isEmpty()
                && (state.keyed(submit.queue(), key) != null || keysHere.containsKey(submit.queue() + "\0" + key));
    }

    private boolean sameContent(Submit submit, Map<String, Long> keysHere) {
        ReferenceTask task = state.keyed(submit.queue(), submit.idempotencyKey());
        Long here = keysHere.get(submit.queue() + "\0" + submit.idempotencyKey());
        long before = task != null ? task.content : here == null ? 0 : here;
        return before == ContentHash.of(submit);
    }

    private boolean takesPlace(Submit submit, Map<String, Integer> planned) {
        ReferenceQueue queue = state.named(submit.queue());
        Set<String> names = new HashSet<>(planned.keySet());
        names.add(submit.queue());
        if (!queue.listed && !state.hasRoomFor(names)) {
            return false;
        }
        int before = planned.getOrDefault(submit.queue(), 0);
        boolean refused = queue.refusesSubmits || queue.isFull(before);
        planned.put(submit.queue(), before + 1);
        return !refused && isTimely(submit);
    }

    private boolean isTimely(Submit submit) {
        long ahead = submit.expiresAtMs() - state.wallNowMs();
        boolean expires = submit.expiresAtMs() > 0 && (ahead <= 0 || ahead <= submit.delayMs());
        return !expires && submit.runAtMs() - state.wallNowMs() <= 366L * 86_400_000;
    }

    // ---- reserves

    private void reserve(long session, Reserve reserve) {
        List<ReferenceQueue> queues = new ArrayList<>();
        List<Integer> weights = new ArrayList<>();
        Elements names = reserve.queues();
        for (int i = 0; names.next(); i++) {
            ReferenceQueue queue = state.named(names.text());
            if (!queues.contains(queue)) {
                queues.add(queue);
                if (reserve.weight(i) > 0) {
                    weights.add(reserve.weight(i));
                }
            }
        }
        ReferenceWaiter waiter = new ReferenceWaiter(
                ++state.waiterSerial,
                session,
                reserve.max(),
                reserve.visibilityTimeoutMs(),
                state.nowMs + reserve.waitMs(),
                queues,
                weights);
        if (fill(waiter) == 0 && reserve.waitMs() > 0 && keepsNames(queues)) {
            state.waiters.put(waiter.serial, waiter);
            state.waits.add(waiter);
        }
    }

    private boolean keepsNames(List<ReferenceQueue> queues) {
        List<ReferenceQueue> fresh =
                queues.stream().filter(queue -> !state.isKept(queue)).toList();
        if (!fresh.isEmpty() && !state.hasRoomToWaitFor(fresh.size())) {
            return false;
        }
        fresh.forEach(queue -> queue.maker = state.maker);
        return true;
    }

    private int fill(ReferenceWaiter waiter) {
        int count = 0;
        ReferenceQueue queue = waiter.next(state.lastLeaseId);
        while (count < waiter.max && queue != null) {
            ReferenceTask next = java.util.Objects.requireNonNull(queue.next());
            if (state.isExpired(next)) {
                state.expire(next);
            } else {
                state.lease(next, waiter.session, waiter.leaseMs);
                count++;
            }
            queue = waiter.next(state.lastLeaseId);
        }
        return count;
    }

    /** Whoever waited longest among those whom something can be given. */
    private void grant() {
        for (ReferenceWaiter waiter : List.copyOf(state.waiters.values())) {
            if (waiter.hasWork() && fill(waiter) > 0) {
                remove(waiter);
            }
        }
    }

    private void remove(ReferenceWaiter waiter) {
        state.waiters.remove(waiter.serial);
        state.waits.remove(waiter);
    }

    // ---- what workers say

    private @Nullable ReferenceTask find(long taskId) {
        return state.tasks.get(TaskId.sequence(taskId));
    }

    private @Nullable ReferenceTask held(long taskId, long leaseId) {
        ReferenceTask task = find(taskId);
        return task != null && task.state == TaskState.ACTIVE && task.leaseId == leaseId ? task : null;
    }

    private void ack(Ack ack) {
        ReferenceTask task = find(ack.taskId());
        boolean counts = task != null
                && task.leaseId != 0
                && task.leaseId == ack.leaseId()
                && (!task.state.isFinal() || task.state == TaskState.DEAD);
        if (task == null || !counts) {
            return;
        }
        if (plan(all(ack.followUps()), task.state == TaskState.DEAD ? null : task.queue)) {
            int followUps = all(ack.followUps()).size();
            state.complete(task, (ack.hasResult() ? ack.frameBytes() : 0) + followUps * Long.BYTES);
            grant();
        }
    }

    private void unreadable(PayloadUnreadable record) {
        ReferenceTask task = find(record.taskId());
        if (task != null && task.state == TaskState.ACTIVE && task.leaseId == record.leaseId()) {
            state.unreadable(task, record.frameBytes());
        }
    }

    private void nack(Nack nack) {
        ReferenceTask task = held(nack.taskId(), nack.leaseId());
        if (task != null) {
            state.nacked(task, nack);
            grant();
        }
    }

    private void release(Release release) {
        ReferenceTask task = held(release.taskId(), release.leaseId());
        if (task != null) {
            state.released(task);
            grant();
        }
    }

    private void extend(long session, Extend extend) {
        ReferenceTask task = held(extend.taskId(), extend.leaseId());
        if (task != null) {
            state.extend(task, session, extend.visibilityTimeoutMs(), extend.notStarted());
        }
    }

    private void progress(Progress progress) {
        ReferenceTask task = held(progress.taskId(), progress.leaseId());
        if (task != null) {
            task.started = true;
        }
    }

    private void cancel(long taskId) {
        ReferenceTask task = find(taskId);
        if (task != null && task.state.isPending()) {
            state.cancelled(task);
        } else if (task != null && task.state == TaskState.ACTIVE) {
            task.cancelRequested = true;
            state.touch(task);
        }
    }

    private void reschedule(Reschedule message) {
        Set<Long> meant = new LinkedHashSet<>();
        for (long id : message.taskIds()) {
            ReferenceTask task = find(id);
            if (task != null && task.state.isPending() && state.mayReschedule(task, message.change())) {
                meant.add(task.sequence);
            }
        }
        for (long sequence : meant) {
            state.reschedule(Objects.requireNonNull(state.tasks.get(sequence)), message.change());
        }
        grant();
    }

    private void disconnect(long session, int leasesMax) {
        for (ReferenceWaiter waiter : List.copyOf(state.waiters.values())) {
            if (waiter.session == session) {
                remove(waiter);
            }
        }
        List<ReferenceTask> held = state.leasesOfSession.getOrDefault(session, List.of());
        int ending = leasesMax == 0 ? held.size() : Math.min(leasesMax, held.size());
        List<ReferenceTask> now = List.copyOf(held.subList(0, ending));
        List<ReferenceTask> later = List.copyOf(held.subList(ending, held.size()));
        now.forEach(state::connectionClosed);
        if (later.isEmpty()) {
            state.leasesOfSession.remove(session);
        } else {
            state.leasesOfSession.put(session, new ArrayList<>(later));
        }
        grant();
    }

    // ---- time

    private void tick(Tick tick) {
        long upToMs = state.nowMs - tick.marginMs();
        for (int fired = 0; fired < tick.limit() && deadlines.nextDeadlineMs() <= upToMs; fired++) {
            if (!deadlines.fireOne(upToMs)) {
                grant();
                if (deadlines.isWaitDue(upToMs)) {
                    remove(state.waits.first());
                }
            }
            state.noteIdleQueues();
        }
        grant();
    }

    // ---- operators

    private void putQueue(PutQueue put) {
        if (state.hasRoomFor(Set.of(put.queue()))) {
            state.put(state.make(put.queue()), put.policy());
        }
    }

    private void pause(PauseQueue pause) {
        ReferenceQueue queue = state.find(pause.queue());
        if (queue != null) {
            queue.paused = true;
            queue.refusesSubmits = pause.refuseSubmits();
            queue.pauseReason = pause.reason();
        }
    }

    private void note(NoteQueue note) {
        ReferenceQueue queue = state.find(note.queue());
        if (queue != null) {
            queue.note = note.note();
        }
    }

    private void resume(String name) {
        ReferenceQueue queue = state.find(name);
        if (queue != null) {
            queue.paused = false;
            queue.refusesSubmits = false;
            queue.pauseReason = "";
            grant();
        }
    }

    private void purge(PurgeQueue purge) {
        ReferenceQueue queue = state.find(purge.queue());
        int left = purge.limit() == 0 ? Integer.MAX_VALUE : purge.limit();
        for (ReferenceTask task : List.copyOf(state.tasks.values())) {
            boolean isMeant = task.sequence > TaskId.sequence(purge.afterTaskId())
                    && (purge.upToTaskId() == 0 || task.sequence <= TaskId.sequence(purge.upToTaskId()));
            if (left > 0 && isMeant && task.queue == queue && task.state.isPending()) {
                state.cancelled(task);
                left--;
            }
        }
    }

    /** With purge, what it removed stays removed when the queue can't go. */
    private void deleteQueue(DeleteQueue delete) {
        ReferenceQueue queue = state.find(delete.queue());
        if (queue == null || queue.name.equals(QueueName.DEFAULT) || isRunning(queue)) {
            return;
        }
        for (ReferenceTask task : List.copyOf(state.tasks.values())) {
            boolean isMeant = task.sequence > TaskId.sequence(delete.afterTaskId())
                    && (delete.upToTaskId() == 0 || task.sequence <= TaskId.sequence(delete.upToTaskId()));
            if (delete.purge() && isMeant && task.queue == queue && task.state.isPending()) {
                state.cancelled(task);
            } else if (delete.purge() && isMeant && task.queue == queue && task.state == TaskState.DEAD) {
                state.discard(task);
            }
        }
        if (delete.upToTaskId() == 0 && queue.live == 0 && queue.dead.isEmpty()) {
            state.delete(queue);
        }
    }

    private boolean isRunning(ReferenceQueue queue) {
        return state.leases.stream().anyMatch(task -> task.queue == queue);
    }

    private void replayDead(DlqReplay replay) {
        List<ReferenceTask> dead = dead(replay.options(), replay.filter().queue(), replay.taskIds());
        if (!replay.options().dryRun()) {
            dead.forEach(state::replay);
        }
        grant();
    }

    private void discardDead(DlqDiscard discard) {
        List<ReferenceTask> dead = dead(discard.options(), discard.filter().queue(), discard.taskIds());
        if (!discard.options().dryRun()) {
            dead.forEach(state::discard);
        }
    }

    private List<ReferenceTask> dead(DlqReplay.Options options, String queueName, long[] ids) {
        List<ReferenceTask> dead = new ArrayList<>();
        for (long id : ids) {
            ReferenceTask task = find(id);
            if (task != null && task.state == TaskState.DEAD && !dead.contains(task)) {
                dead.add(task);
            }
        }
        for (ReferenceQueue queue : new TreeMap<>(state.queues).values()) {
            if (ids.length == 0 && (queueName.isEmpty() || queue.name.equals(queueName))) {
                dead.addAll(queue.dead);
            }
        }
        if (ids.length == 0) {
            dead.sort(ReferenceTask.BY_DEATH);
        }
        int limit = options.limit() == 0 ? Integer.MAX_VALUE : options.limit();
        return dead.subList(0, Math.min(limit, dead.size()));
    }
}
