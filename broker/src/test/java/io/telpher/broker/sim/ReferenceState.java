package io.telpher.broker.sim;

import io.telpher.protocol.DeadReason;
import io.telpher.protocol.OnDisconnect;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.task.Reschedule;
import io.telpher.protocol.task.Submit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a partition should remember, in the collections that come to mind first, and the ways of a task through it. {@link Reference}
 * reads the commands.
 */
final class ReferenceState {
    private static final long TERM_STEP = 1L << 24;
    private static final long HTTP_BIT = 1L << 62;

    final TreeMap<Long, ReferenceTask> tasks = new TreeMap<>();
    final Map<String, ReferenceQueue> queues = new LinkedHashMap<>();
    final Map<String, ReferenceTask> keys = new HashMap<>();
    final Map<Long, List<ReferenceTask>> leasesOfSession = new HashMap<>();
    final TreeMap<Long, ReferenceWaiter> waiters = new TreeMap<>();
    final NavigableSet<ReferenceTask> leases = by(task -> task.leaseDeadlineMs);
    final NavigableSet<ReferenceTask> timers = by(task -> task.dueMs);
    final NavigableSet<ReferenceTask> runTimes = by(task -> task.dueMs);
    final NavigableSet<ReferenceTask> expiries = by(task -> task.expiresAtMs);
    final NavigableSet<ReferenceTask> keyWindows = by(task -> task.windowEndMs);
    final NavigableSet<ReferenceWaiter> waits =
            new TreeSet<>(Comparator.<ReferenceWaiter>comparingLong(waiter -> waiter.deadlineMs)
                    .thenComparingLong(waiter -> waiter.serial));
    final Deque<ReferenceTask> finished = new ArrayDeque<>();
    final long[] byState = new long[TaskState.values().length];

    /** Changed by the record that is being applied. */
    final Set<ReferenceTask> touched = new LinkedHashSet<>();

    int queuesMax = 200_000;
    int perMakerMax = 100_000;
    long idleTtlMs = 86_400_000;
    /** In whose name the session of the present record makes queues. */
    long maker;

    private QueuePolicyFields basePolicy = QueuePolicyFields.DEFAULT;
    long nowMs;
    long wallOffsetMs;
    long retentionMs = 86_400_000;
    long retainedBytesMax;
    long retainedBytes;
    long crowdedAtMs = Long.MAX_VALUE;
    long lastSequence;
    long lastLeaseId;
    long waiterSerial;
    long submitted;
    private long deaths;
    long completed;

    private static NavigableSet<ReferenceTask> by(java.util.function.ToLongFunction<ReferenceTask> deadline) {
        return new TreeSet<>(Comparator.comparingLong(deadline).thenComparingLong(task -> task.sequence));
    }

    long wallNowMs() {
        return nowMs + wallOffsetMs;
    }

    // ---- queues

    /** What the name stands for, there or not. */
    ReferenceQueue named(String name) {
        return queues.computeIfAbsent(name, any -> new ReferenceQueue(name, basePolicy));
    }

    @Nullable
    ReferenceQueue find(String name) {
        ReferenceQueue queue = queues.get(name);
        return queue != null && queue.listed ? queue : null;
    }

    /** Makes it when it is not there. */
    ReferenceQueue make(String name) {
        ReferenceQueue queue = named(name);
        if (!queue.listed) {
            queue.listed = true;
            queue.maker = maker;
        }
        return queue;
    }

    /** Names that this session keeps, with those that it would make. */
    boolean hasRoomFor(Set<String> names) {
        long there = queues.values().stream().filter(queue -> queue.listed).count();
        long more = names.stream().filter(name -> find(name) == null).count();
        return more == 0 || there + more <= queuesMax && (maker == 0 || keptBy(maker) + more <= perMakerMax);
    }

    /** So many names that nothing keeps yet. */
    boolean hasRoomToWaitFor(int names) {
        long unlisted = queues.values().stream()
                .filter(queue -> !queue.listed && isKept(queue))
                .count();
        return unlisted + names <= queuesMax && (maker == 0 || keptBy(maker) + names <= perMakerMax);
    }

    private long keptBy(long whom) {
        return queues.values().stream()
                .filter(queue -> queue.maker == whom && isKept(queue))
                .count();
    }

    boolean isKept(ReferenceQueue queue) {
        return queue.listed || queue.tasks > 0 || isWaitedFor(queue);
    }

    private boolean isWaitedFor(ReferenceQueue queue) {
        return waiters.values().stream().anyMatch(waiter -> waiter.queues.contains(queue));
    }

    void delete(ReferenceQueue queue) {
        queue.listed = false;
        queue.paused = false;
        queue.refusesSubmits = false;
        queue.pauseReason = "";
        queue.note = "";
        queue.own = QueuePolicyFields.NOTHING;
        queue.policy = basePolicy;
        queue.idleSinceMs = Long.MAX_VALUE;
    }

    /** After each record, and after each thing that a TICK fires. */
    void noteIdleQueues() {
        for (ReferenceQueue queue : queues.values()) {
            boolean idles = queue.listed
                    && queue.tasks == 0
                    && !queue.paused
                    && queue.note.isEmpty()
                    && queue.own.equals(QueuePolicyFields.NOTHING)
                    && !isWaitedFor(queue)
                    && !queue.name.equals(QueueName.DEFAULT);
            queue.idleSinceMs = !idles ? Long.MAX_VALUE : Math.min(queue.idleSinceMs, nowMs);
        }
    }

    @Nullable
    ReferenceQueue longestIdle() {
        return queues.values().stream()
                .filter(queue -> queue.idleSinceMs != Long.MAX_VALUE)
                .min(Comparator.comparingLong(queue -> queue.idleSinceMs))
                .orElse(null);
    }

    void put(ReferenceQueue queue, QueuePolicyFields changes) {
        queue.own = changes.over(queue.own);
        if (queue.name.equals(QueueName.DEFAULT)) {
            basePolicy = queue.own.over(QueuePolicyFields.DEFAULT);
        }
        queues.values().forEach(each -> each.policy = each.own.over(basePolicy));
    }

    // ---- a task's ways

    ReferenceTask accept(Submit submit) {
        ReferenceTask task = new ReferenceTask(++lastSequence, make(submit.queue()), nowMs, submit);
        tasks.put(task.sequence, task);
        task.runsAt = submit.delayMs() == 0 && submit.runAtMs() > wallNowMs();
        boolean later = submit.delayMs() > 0 || task.runsAt;
        task.state = later ? TaskState.SCHEDULED : TaskState.READY;
        byState[task.state.ordinal()]++;
        task.queue.live++;
        task.queue.tasks++;
        submitted++;
        if (task.expiresAtMs > 0) {
            expiries.add(task);
        }
        if (!submit.idempotencyKey().isEmpty()) {
            remember(task, submit);
        }
        if (task.runsAt) {
            task.dueMs = submit.runAtMs();
            runTimes.add(task);
        } else if (later) {
            waitUntil(task, nowMs + submit.delayMs());
        } else {
            lineUp(task);
        }
        return touch(task);
    }

    private void remember(ReferenceTask task, Submit submit) {
        String key = task.queue.name + "\0" + submit.idempotencyKey();
        ReferenceTask earlier = keys.get(key);
        if (earlier != null) {
            endKey(earlier);
        }
        task.key = key;
        task.content = ContentHash.of(submit);
        task.windowEndMs = nowMs + (submit.idempotencyWindowMs() == 0 ? 86_400_000 : submit.idempotencyWindowMs());
        keys.put(key, task);
        keyWindows.add(task);
    }

    /** The task that stands for this key now. */
    @Nullable
    ReferenceTask keyed(String queue, String key) {
        ReferenceTask task = keys.get(queue + "\0" + key);
        return task == null || task.windowEndMs <= nowMs && task.state.isFinal() ? null : task;
    }

    void lease(ReferenceTask task, long session, int leaseMs) {
        task.queue.lane(task).remove(task);
        move(task, TaskState.ACTIVE);
        task.leaseMs = leaseMs > 0 ? leaseMs : task.visibilityTimeoutMs();
        task.leaseDeadlineMs = nowMs + task.leaseMs;
        task.leaseId = ++lastLeaseId;
        task.attempts++;
        task.started = false;
        task.disconnected = false;
        task.restarted = false;
        leases.add(task);
        bind(task, (session & HTTP_BIT) != 0 ? 0 : session);
    }

    void extend(ReferenceTask task, long session, int leaseMs, boolean notStarted) {
        leases.remove(task);
        task.started |= !notStarted;
        task.disconnected = false;
        task.restarted = false;
        task.leaseMs = leaseMs > 0 ? leaseMs : task.leaseMs;
        task.leaseDeadlineMs = nowMs + task.leaseMs;
        leases.add(task);
        bind(task, (session & HTTP_BIT) != 0 ? 0 : session);
        touch(task);
    }

    void bind(ReferenceTask task, long session) {
        if (task.session == session) {
            return;
        }
        if (task.session != 0) {
            leasesOfSession.getOrDefault(task.session, List.of()).remove(task);
        }
        task.session = session;
        if (session != 0) {
            leasesOfSession.computeIfAbsent(session, any -> new ArrayList<>()).add(task);
        }
    }

    void complete(ReferenceTask task, int resultBytes) {
        takeOut(task, TaskState.COMPLETED);
        task.outcomeBytes = resultBytes;
        task.reason = DeadReason.NONE;
        completed++;
        finish(task);
    }

    void nacked(ReferenceTask task, Nack nack) {
        task.leaseId = 0;
        task.outcomeBytes = nack.frameBytes();
        if (task.cancelRequested) {
            cancelled(task);
        } else if (nack.permanent()) {
            die(task, DeadReason.PERMANENT);
        } else if (task.attemptsUsedUp()) {
            die(task, DeadReason.RETRIES_EXHAUSTED);
        } else {
            backOff(task, nack.retryAfterMs() >= 0 ? nack.retryAfterMs() : task.backoffMs());
        }
    }

    void unreadable(ReferenceTask task, int recordBytes) {
        task.leaseId = 0;
        task.outcomeBytes = recordBytes;
        task.attempts--;
        if (task.cancelRequested) {
            cancelled(task);
        } else {
            die(task, DeadReason.UNREADABLE);
        }
    }

    void released(ReferenceTask task) {
        task.leaseId = 0;
        if (task.cancelRequested) {
            cancelled(task);
            return;
        }
        task.attempts--;
        if (!expiredMeanwhile(task)) {
            takeOut(task, TaskState.READY);
            task.dueMs = nowMs;
            task.queue.lane(task).addFirst(task);
        }
    }

    void leaseEnded(ReferenceTask task) {
        if (task.restarted) {
            task.attempts--;
            comeBack(task, 0);
        } else if (task.disconnected) {
            crashed(task);
        } else {
            crash(task);
            comeBack(task, task.backoffMs());
        }
    }

    void connectionClosed(ReferenceTask task) {
        QueuePolicyFields policy = task.queue.policy;
        if (policy.onDisconnect() == OnDisconnect.KEEP) {
            bind(task, 0);
            touch(task);
        } else if (policy.disconnectGraceMs() > 0) {
            leases.remove(task);
            task.disconnected = true;
            task.leaseDeadlineMs = Math.min(task.leaseDeadlineMs, nowMs + policy.disconnectGraceMs());
            leases.add(task);
            bind(task, 0);
            touch(task);
        } else {
            crashed(task);
        }
    }

    /** The connection closed and its worker did not come back. */
    private void crashed(ReferenceTask task) {
        crash(task);
        task.attempts -= task.started ? 0 : 1;
        comeBack(task, task.crashes == 1 ? 0 : task.backoffMs(task.crashes - 1));
    }

    private void comeBack(ReferenceTask task, long waitMs) {
        boolean isPoison = task.attemptsUsedUp() || task.crashes >= Math.max(1, task.queue.policy.maxCrashes());
        if (task.cancelRequested) {
            cancelled(task);
        } else if (isPoison && !task.restarted) {
            die(task, DeadReason.POISON);
        } else {
            backOff(task, waitMs);
        }
    }

    private static void crash(ReferenceTask task) {
        task.crashes++;
        task.outcomeBytes = 0;
    }

    void timeCame(ReferenceTask task) {
        stopWaiting(task);
        move(task, TaskState.READY);
        lineUp(task);
    }

    void cancelled(ReferenceTask task) {
        takeOut(task, TaskState.CANCELLED);
        finish(task);
    }

    void expire(ReferenceTask task) {
        takeOut(task, TaskState.EXPIRED);
        finish(task);
    }

    void discard(ReferenceTask task) {
        takeOut(task, TaskState.DISCARDED);
        finish(task);
    }

    void replay(ReferenceTask task) {
        takeOut(task, TaskState.READY);
        takeKeyAgain(task);
        task.attempts = 0;
        task.crashes = 0;
        task.replays++;
        task.leaseId = 0;
        task.expiresAtMs = 0;
        task.reason = DeadReason.NONE;
        task.returned = false;
        lineUp(task);
    }

    private void die(ReferenceTask task, DeadReason reason) {
        takeOut(task, TaskState.DEAD);
        task.reason = reason;
        finish(task);
    }

    private void backOff(ReferenceTask task, long waitMs) {
        if (expiredMeanwhile(task)) {
            return;
        }
        task.returned = true;
        takeOut(task, waitMs == 0 ? TaskState.READY : TaskState.RETRY_WAIT);
        if (waitMs == 0) {
            lineUp(task);
        } else {
            waitUntil(task, nowMs + waitMs);
        }
    }

    boolean mayReschedule(ReferenceTask task, Reschedule.Change change) {
        if (!isLater(change)) {
            return true;
        }
        long runsMs = change.runAtMs() > 0 ? change.runAtMs() : wallNowMs() + change.delayMs();
        boolean wouldExpire = task.expiresAtMs > 0 && runsMs >= task.expiresAtMs;
        return !wouldExpire && runsMs - wallNowMs() <= 366L * 86_400_000;
    }

    private boolean isLater(Reschedule.Change change) {
        return change.runAtMs() > wallNowMs() || change.delayMs() > 0;
    }

    void reschedule(ReferenceTask task, Reschedule.Change change) {
        int priority =
                change.priority() == null ? task.priority : change.priority().ordinal();
        boolean waits = task.state != TaskState.READY;
        if (change.moves() && isLater(change)) {
            TaskState to = waits ? task.state : task.returned ? TaskState.RETRY_WAIT : TaskState.SCHEDULED;
            takeOut(task, to);
            task.priority = priority;
            task.runsAt = change.runAtMs() > 0;
            if (task.runsAt) {
                task.dueMs = change.runAtMs();
                runTimes.add(task);
            } else {
                waitUntil(task, nowMs + change.delayMs());
            }
        } else if (waits ? change.moves() : priority != task.priority) {
            takeOut(task, TaskState.READY);
            task.priority = priority;
            lineUp(task);
        } else {
            task.priority = priority;
            touch(task);
        }
    }

    private boolean expiredMeanwhile(ReferenceTask task) {
        boolean over = isExpired(task);
        if (over) {
            expire(task);
        } else if (task.expiresAtMs > 0) {
            expiries.add(task); // it may have come while the task ran, by a clock that was set back since
        }
        return over;
    }

    boolean isExpired(ReferenceTask task) {
        return task.expiresAtMs > 0 && task.expiresAtMs <= wallNowMs();
    }

    private void stopWaiting(ReferenceTask task) {
        (task.runsAt ? runTimes : timers).remove(task);
        task.runsAt = false;
    }

    private void lineUp(ReferenceTask task) {
        task.dueMs = nowMs;
        task.queue.lane(task).addLast(task);
    }

    private void waitUntil(ReferenceTask task, long ms) {
        task.dueMs = ms;
        timers.add(task);
    }

    private void move(ReferenceTask task, TaskState to) {
        byState[task.state.ordinal()]--;
        byState[to.ordinal()]++;
        task.queue.live += (isLive(to) ? 1 : 0) - (isLive(task.state) ? 1 : 0);
        task.state = to;
        touch(task);
    }

    static boolean isLive(TaskState state) {
        return state.isPending() || state == TaskState.ACTIVE;
    }

    /** Out of wherever its state kept it. */
    private void takeOut(ReferenceTask task, TaskState to) {
        switch (task.state) {
            case SCHEDULED, RETRY_WAIT -> stopWaiting(task);
            case READY -> task.queue.lane(task).remove(task);
            case ACTIVE -> {
                leases.remove(task);
                bind(task, 0);
            }
            case DEAD -> task.queue.dead.remove(task);
            default -> throw new IllegalStateException("a final task moved on: " + task);
        }
        move(task, to);
    }

    private void finish(ReferenceTask task) {
        task.dueMs = nowMs;
        task.cancelRequested = false;
        if (task.state == TaskState.DEAD) {
            task.death = ++deaths;
            task.queue.dead.add(task);
        } else {
            finished.addLast(task);
            retained(task, 1);
        }
        expiries.remove(task);
        boolean givenUp = task.state == TaskState.CANCELLED
                || task.state == TaskState.EXPIRED
                || task.state == TaskState.DISCARDED;
        if (task.key != null && (givenUp && task.queue.policy.keyRelease() == 1 || task.windowEndMs <= nowMs)) {
            freeKey(task);
        }
    }

    /** One finished task more, or one less. */
    void retained(ReferenceTask task, long sign) {
        retainedBytes += sign * (128 + task.outcomeBytes);
        crowd();
    }

    void crowd() {
        if (retainedBytesMax == 0 || retainedBytes <= retainedBytesMax) {
            crowdedAtMs = Long.MAX_VALUE;
        } else if (crowdedAtMs == Long.MAX_VALUE) {
            crowdedAtMs = (nowMs / 1000 + 1) * 1000;
        }
    }

    private void freeKey(ReferenceTask task) {
        keys.remove(task.key, task);
        keyWindows.remove(task);
        if (task.state != TaskState.DEAD) {
            task.key = null;
        }
    }

    /** After a replay. */
    private void takeKeyAgain(ReferenceTask task) {
        ReferenceTask other = task.key == null ? task : keys.get(task.key);
        if (other != null && other != task && other.windowEndMs <= nowMs && other.state.isFinal()) {
            endKey(other);
        }
        if (task.key != null) {
            keys.putIfAbsent(task.key, task);
        }
    }

    void endKey(ReferenceTask task) {
        freeKey(task);
        if (task.retentionIsOver) {
            purge(task);
        }
    }

    void purge(ReferenceTask task) {
        byState[task.state.ordinal()]--;
        task.queue.tasks--;
        tasks.remove(task.sequence);
    }

    // ---- restarts

    void newTerm(long downMs, int resumeMs) {
        lastLeaseId += TERM_STEP;
        List<ReferenceTask> moved = new ArrayList<>(leases);
        leases.clear();
        for (ReferenceTask task : moved) {
            task.leaseDeadlineMs += downMs;
            long resumeUntilMs = nowMs + Math.max(resumeMs, task.queue.policy.disconnectGraceMs());
            if (task.disconnected || task.restarted) {
                task.leaseDeadlineMs = Math.max(task.leaseDeadlineMs, resumeUntilMs);
            } else if (task.session != 0 && task.queue.policy.onDisconnect() != OnDisconnect.KEEP) {
                task.restarted = true;
                task.leaseDeadlineMs = Math.min(task.leaseDeadlineMs, resumeUntilMs);
            }
            bind(task, 0);
            leases.add(task);
            touch(task);
        }
        waiters.clear();
        waits.clear();
        leasesOfSession.clear();
    }

    ReferenceTask touch(ReferenceTask task) {
        touched.add(task);
        return task;
    }
}
