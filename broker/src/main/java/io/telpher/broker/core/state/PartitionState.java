package io.telpher.broker.core.state;

import io.telpher.broker.core.hash.HashKey;
import io.telpher.broker.core.queue.CopyOnChange;
import io.telpher.broker.core.queue.DeadLetters;
import io.telpher.broker.core.queue.Grace;
import io.telpher.broker.core.queue.Lease;
import io.telpher.broker.core.queue.Sessions;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.queue.TaskTable;
import io.telpher.broker.core.table.IdempotencyIndex;
import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.table.RowBits;
import io.telpher.broker.core.table.TaskPage;
import io.telpher.broker.core.time.TimerWheel;
import io.telpher.protocol.OnDisconnect;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.queue.QueuePolicyFields;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** Everything a partition remembers. Changed only by the verbs of {@link Lifecycle} and of the parts below. */
public final class PartitionState {
    private static final long RETENTION_MS_DEFAULT = TimeUnit.HOURS.toMillis(24);

    private static final long RETENTION_MS_MAX = TimeUnit.DAYS.toMillis(36_500);

    public final int partitionId;
    private final Placement placement;
    private final HandOvers handOvers;
    public final CopyOnChange copying = new CopyOnChange();
    public final TaskTable tasks = new TaskTable(copying::number);
    private final HashKey hashKey = new HashKey();
    public final TaskKinds kinds = new TaskKinds(hashKey);
    public final Leases leases;
    /** When tasks that wait for their delay or their backoff are ready, by the broker's clock. */
    public final TimerWheel timers = new TimerWheel();
    /** When tasks are ready that were given a time to run at, by the wall clock. */
    public final TimerWheel runTimes = new TimerWheel();
    /** When tasks expire that were given a time for it, by the wall clock. */
    public final TimerWheel expiries = new TimerWheel();
    /** When tasks expire that were given so long to begin, by the broker's clock. */
    public final TimerWheel lifetimes = new TimerWheel();

    public final TimerWheel keyWindows = new TimerWheel();
    /** Final tasks but the dead, in the order they became so. */
    public final FinishedTasks finished = new FinishedTasks();

    /** Dead tasks of all queues. */
    public final DeadLetters dead = new DeadLetters(tasks);

    public final long[] tasksByState = new long[TaskState.values().length];
    private final Queues queues = new Queues(copying, hashKey, tasks, queue -> this.listener.deleted(queue));
    private final Sessions sessions = new Sessions();
    private final Waiters waiters = new Waiters(this);
    private final IdempotencyIndex keys = new IdempotencyIndex();
    private long nowMs;
    private long wallOffsetMs;
    private long term;
    private long retentionMs = RETENTION_MS_DEFAULT;
    private int semanticsVersion;
    TransitionListener listener = TransitionListener.NONE;
    public long submitted;
    /** Ever. */
    public long deaths;

    public long completed;

    public PartitionState(Placement placement) {
        this.placement = placement;
        this.partitionId = placement.partition();
        this.handOvers = new HandOvers(placement);
        this.leases = new Leases(copying, placement);
    }

    public Placement placement() {
        return placement;
    }

    public long nowMs() {
        return nowMs;
    }

    /** Time stands still or goes on. */
    public void advance(long stampMs) {
        Invariant.check(stampMs >= nowMs, "time went back");
        nowMs = stampMs;
    }

    /** How far the wall clock is ahead of {@link #nowMs}, as the last CLOCK said. */
    public long wallOffsetMs() {
        return wallOffsetMs;
    }

    public void wallOffsetMs(long ms) {
        wallOffsetMs = ms;
    }

    /** The wall clock's time now, as far as is known. */
    public long wallNowMs() {
        return nowMs + wallOffsetMs;
    }

    public long term() {
        return term;
    }

    /** As a snapshot has it. */
    public void restore(long stampMs, long ofTerm) {
        nowMs = stampMs;
        term = ofTerm;
    }

    /**
     * A broker took over {@code downMs} after the last record: no session is left, leases have the time left that they had. Those that
     * end with their connection wait for their worker at least {@code resumeMs}, and as long as their queue's grace says.
     */
    public void newTerm(long newTerm, long downMs, int resumeMs) {
        Invariant.check(newTerm > term, "a term that does not grow");
        term = newTerm;
        handOvers.newTerm(newTerm);
        TaskCursor task = newCursor();
        leases.newTerm(nowMs, downMs, lease -> resumeMs(lease, task, resumeMs));
        while (!waiters.byDeadline.isEmpty()) {
            waiters.remove(waiters.byDeadline.first());
        }
        sessions.clear();
    }

    private static long resumeMs(Lease lease, TaskCursor task, int resumeMs) {
        Invariant.check(task.moveTo(lease.sequence), "a lease of a task that is not there");
        QueuePolicyFields policy = task.taskQueue().policy();
        boolean isKept = lease.grace == Grace.NONE && policy.onDisconnect() == OnDisconnect.KEEP;
        return isKept ? Leases.KEPT : Math.max(resumeMs, policy.disconnectGraceMs());
    }

    public HashKey hashKey() {
        return hashKey;
    }

    /** The first that is told holds for good: what was hashed with another could not be found. */
    public void hashKey(long key0, long key1) {
        boolean isNone = key0 == 0 && key1 == 0;
        if (!isNone && !hashKey.isSecret() && queues.count() == 0 && keys.count() == 0) {
            hashKey.set(key0, key1);
        }
    }

    /** Leaves out {@code blocks} of 1024 ids each: the next tasks get ids behind them. */
    public void leaveOutIds(int blocks) {
        Invariant.check(blocks >= 0, "ids that go back");
        tasks.leaveOut((long) blocks * TaskPage.ROWS);
    }

    public long retentionMs() {
        return retentionMs;
    }

    /** At most a hundred years: sums of times stay far from overflow. */
    public void retentionMs(long ms) {
        retentionMs = Math.max(0, Math.min(ms, RETENTION_MS_MAX));
    }

    /** 0 = no limit. */
    public long retainedBytesMax() {
        return finished.bytesMax();
    }

    /** How much room final tasks may take; 0 = any. */
    public void retainedBytesMax(long bytes) {
        finished.bytesMax(bytes, nowMs);
    }

    /** Bytes of final tasks, which count against {@link #retainedBytesMax}. */
    public long retainedBytes() {
        return finished.bytes();
    }

    public int semanticsVersion() {
        return semanticsVersion;
    }

    public void semanticsVersion(int version) {
        semanticsVersion = version;
    }

    public Queues queues() {
        return queues;
    }

    public Sessions sessions() {
        return sessions;
    }

    public Waiters waiters() {
        return waiters;
    }

    public IdempotencyIndex keys() {
        return keys;
    }

    public HandOvers handOvers() {
        return handOvers;
    }

    public void listener(TransitionListener told) {
        listener = told;
    }

    /** The wheel that has the timer of a task with these bits, which waits for its time. */
    public TimerWheel timers(int bits) {
        return (bits & RowBits.RUNS_AT) == 0 ? timers : runTimes;
    }

    /** Meaning of a task's {@link TaskPage#due}: while it waits for its time, when that comes. */
    public long dueMs(int bits, long due) {
        return RowBits.isTimed(bits) && due != TaskPage.NO_TIMER ? timers(bits).deadlineMs((int) due - 1) : due;
    }

    public TaskCursor newCursor() {
        return new TaskCursor(this);
    }

    public long taskId(long sequence) {
        return TaskId.of(partitionId, sequence);
    }

    /** The id was given to a task of this partition once. */
    public boolean wasGiven(long taskId) {
        long sequence = TaskId.sequence(taskId);
        return TaskId.partition(taskId) == partitionId && sequence > 0 && sequence < tasks.nextSequence();
    }

    /** Grows with every lease, also from term to term. */
    public long lastLeaseId() {
        return leases.lastLeaseId();
    }

    public long lastSequence() {
        return tasks.nextSequence() - 1;
    }

    /** The first sequence above {@code after} that may have a task; above {@link #lastSequence} when none has. */
    public long nextPresent(long after) {
        return tasks.nextPresent(after);
    }

    /** The task whose turn it is in this queue, which must have one. */
    public long nextReady(TaskQueue queue) {
        return queue.ready.next(tasks, queue.policy());
    }

    /** Takes that task out of its lane, to be leased. */
    public void takeReady(TaskQueue queue) {
        queue.edit().ready.take(tasks, queue.policy());
    }

    /**
     * Shows the sequences of dead tasks behind a place ({@link TaskCursor#death}), in the order they died, until one does not pass; none may change meanwhile.
     *
     * @param queue null = of all queues
     * @param place 0 = before the first; of a task that is not dead any more, too
     */
    public void whileDeadPassAfter(@Nullable TaskQueue queue, long place, LongPredicate each) {
        deadOf(queue).whilePassesAfter(place, each);
    }

    /** The place behind which those lie that died then or later, by the wall clock. */
    public long deadBefore(@Nullable TaskQueue queue, long diedAtMs) {
        return deadOf(queue).placeBefore(diedAtMs - wallOffsetMs);
    }

    private DeadLetters deadOf(@Nullable TaskQueue queue) {
        return queue == null ? dead : queue.deadLetters;
    }

    public Counts counts() {
        return new Counts(
                term,
                tasks(TaskState.READY),
                tasks(TaskState.SCHEDULED),
                tasks(TaskState.RETRY_WAIT),
                tasks(TaskState.ACTIVE),
                tasks(TaskState.DEAD),
                submitted,
                completed,
                tasks.rows(),
                queues.count(),
                waiters.count());
    }

    private long tasks(TaskState state) {
        return tasksByState[state.ordinal()];
    }
}
