package io.telpher.broker.core;

import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.hash.SipHash;
import io.telpher.broker.core.image.HeapSize;
import io.telpher.broker.core.image.NeededFrames;
import io.telpher.broker.core.image.SnapshotCopy;
import io.telpher.broker.core.image.SnapshotLoad;
import io.telpher.broker.core.image.SnapshotSize;
import io.telpher.broker.core.image.StateHash;
import io.telpher.broker.core.image.StateHashCopy;
import io.telpher.broker.core.queue.QueueLimits;
import io.telpher.broker.core.queue.QueueMakers;
import io.telpher.broker.core.queue.SessionLeases;
import io.telpher.broker.core.queue.Sessions;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.snapshot.SnapshotSink;
import io.telpher.broker.core.state.Counts;
import io.telpher.broker.core.state.Deadlines;
import io.telpher.broker.core.state.HandOvers;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.broker.core.state.WaiterListener;
import io.telpher.broker.core.table.Invariant;
import io.telpher.protocol.Problem;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One partition's state machine. Its state is a function of the records given to {@link #onRecord} and of nothing else. Owned by one
 * thread. An {@link IllegalStateException} from any method means that an invariant is broken: stop, never go on.
 *
 * <p>{@code location} is opaque to the core but for one rule: a frame that lies n bytes behind another one's start within the same
 * record has that one's location + n.
 */
public final class Partition {
    /** {@link #nextDeadlineMs} when nothing is ever due. */
    public static final long NEVER = Deadlines.NEVER;

    /** Of the decisions taken here: a change of what a record does makes it another number. */
    public static final int SEMANTICS_VERSION = 3;

    /** Records of a term with this version, or one between, still do what they did then. Those before 3 were never released. */
    public static final int OLDEST_SEMANTICS_VERSION = 3;

    /** Whether records that say this semantics version do here what they did where they were written. */
    public static boolean knowsSemantics(int version) {
        return version >= OLDEST_SEMANTICS_VERSION && version <= SEMANTICS_VERSION;
    }

    /** Set in the session ids of HTTP connections: their end takes back no leases. */
    public static final long HTTP_SESSION_BIT = Sessions.HTTP_BIT;

    private final PartitionState state;
    private final Deadlines deadlines;
    private final CommandReplies replies;
    private final CommandDispatcher dispatcher;
    private final CommandRequest request = new CommandRequest();
    private final TaskCursor asked;

    public Partition(Placement placement, Outbox outbox) {
        state = new PartitionState(placement);
        deadlines = new Deadlines(state);
        replies = new CommandReplies(state, outbox);
        dispatcher = new CommandDispatcher(state, deadlines, replies);
        asked = state.newCursor();
    }

    /** Where replies go from here on. */
    public void outbox(Outbox outbox) {
        replies.outbox(outbox);
    }

    /** Who is told of every change of a task's state from here on. */
    public void watch(TransitionListener listener) {
        state.listener(listener);
    }

    /** Who is told of every reserve that begins or ends to wait from here on. */
    public void watchWaiters(WaiterListener listener) {
        state.waiters().listener(listener);
    }

    /**
     * Applies one record.
     *
     * @param stampMs the record's time in ms since 1970, never below the one before
     * @param location where the frame's first byte lies in the journal
     * @param crc CRC32C of the whole frame
     * @param frames little endian, checked by FrameValidator and the message's own limits; used only during the call
     */
    public void onRecord(long stampMs, long session, long location, int crc, ByteBuffer frames, int frameOffset) {
        request.set(session, location, crc, stampMs - state.nowMs());
        request.frame(frames, frameOffset);
        state.advance(stampMs);
        dispatcher.dispatch(request, frames, frameOffset);
    }

    /**
     * Applies a record of this machine alone, a RELOCATE: it changes where something is read, and takes no time.
     *
     * @param frames as for {@link #onRecord}
     */
    public void onLocalRecord(long location, ByteBuffer frames, int frameOffset) {
        request.set(0, location, 0, 0);
        request.frame(frames, frameOffset);
        dispatcher.dispatchLocal(request, frames, frameOffset);
    }

    /**
     * When the next TICK has something to do, ms since 1970; {@link #NEVER} = nothing waits. Cheap. Exact for leases, delays, backoff,
     * expiry and waiting reserves; purging is gathered to whole seconds.
     */
    public long nextDeadlineMs() {
        return deadlines.nextMs();
    }

    /** The last that was given, or left out; 0 before the first. */
    public long lastTaskId() {
        return state.lastSequence() == 0 ? 0 : state.taskId(state.lastSequence());
    }

    public Placement placement() {
        return state.placement();
    }

    /** The stamp of the last record. */
    public long now() {
        return state.nowMs();
    }

    /** How far the wall clock is ahead of the broker's, as the last CLOCK said. */
    public long wallOffsetMs() {
        return state.wallOffsetMs();
    }

    /** What the wall clock showed at this stamp, as it stands to the broker's now; 0 stays 0. */
    public long wallMs(long stampMs) {
        return stampMs == 0 ? 0 : stampMs + state.wallOffsetMs();
    }

    /** The last NEW_TERM's; 0 before the first. */
    public long term() {
        return state.term();
    }

    /** What the last NEW_TERM said about who wrote it; 0 before the first. */
    public int semanticsVersion() {
        return state.semanticsVersion();
    }

    /** A NEW_TERM told the secret that names and keys are hashed with. */
    public boolean hasHashKey() {
        return state.hashKey().isSecret();
    }

    public long retentionMs() {
        return state.retentionMs();
    }

    /** What finished tasks may take together; 0 = any. */
    public long retainedBytesMax() {
        return state.retainedBytesMax();
    }

    /** What finished tasks take: 128 bytes each, and their result or error. */
    public long retainedBytes() {
        return state.retainedBytes();
    }

    /** The task with this id; null when there is none (any more), see {@link #wasPurged}. */
    public @Nullable TaskCursor find(long taskId) {
        return asked.find(taskId) ? asked : null;
    }

    /** The id was given once, but the task's retention is over. */
    public boolean wasPurged(long taskId) {
        return state.wasGiven(taskId) && !asked.find(taskId);
    }

    /**
     * Shows matching tasks in the order of their ids, until one does not pass. Looks at {@code looksMax} tasks at most, matching or not.
     *
     * @return the id to go on after; 0 when there is nothing behind
     */
    public long list(TaskFilter filter, int looksMax, Predicate<TaskCursor> each) {
        // Of a deleted queue tasks are remembered.
        TaskQueue queue = filter.queue().isEmpty() ? null : state.queues().named(filter.queue());
        if (queue == null && !filter.queue().isEmpty()) {
            return 0;
        }
        int looked = 0;
        long sequence = state.nextPresent(filter.afterSequence());
        while (sequence <= state.lastSequence()) {
            boolean goesOn = !asked.moveTo(sequence)
                    || queue != null && asked.taskQueue() != queue
                    || !filter.matches(asked)
                    || each.test(asked);
            looked++;
            if (!goesOn || looked == looksMax) {
                return sequence == state.lastSequence() ? 0 : state.taskId(sequence);
            }
            sequence = state.nextPresent(sequence);
        }
        return 0;
    }

    /** Without names that are only waited for, or whose queue was deleted. */
    public int queueCount() {
        return state.queues().count();
    }

    /**
     * Shows the queues behind this name, in the order of their names, until one does not pass: from {@code ""} all. Costs what is shown, however many there
     * are before it.
     */
    public void queues(String after, Predicate<QueueCursor> each) {
        for (TaskQueue queue : state.queues().inOrder(after)) {
            if (!each.test(new QueueCursor(state, queue))) {
                return;
            }
        }
    }

    public QueueLimits queueLimits() {
        return state.queues().limits();
    }

    /** What a queue would say to a SUBMIT now. */
    public enum QueueRoom {
        /** It is not there: a submit, put or reserve has to be told in whose name it makes it. */
        MISSING,
        OPEN,
        /** It has as many tasks as it may: QUEUE_FULL. */
        FULL,
        /** QUEUE_PAUSED. */
        REFUSES
    }

    /** Whether the queue is there, and has room for a SUBMIT without idempotency key. Looks it up once; the buffer is little endian. */
    public QueueRoom roomIn(ByteBuffer name, int offset, int length) {
        TaskQueue queue = state.queues().find(name, offset, length);
        if (queue == null) {
            return QueueRoom.MISSING;
        }
        if (queue.refusesSubmits()) {
            return QueueRoom.REFUSES;
        }
        return queue.isFull(0) ? QueueRoom.FULL : QueueRoom.OPEN;
    }

    /** How this client is told to be the maker of a queue, the same in all partitions, see {@link io.telpher.broker.core.queue.QueueMakers}. */
    public long makerOf(String principal) {
        byte[] text = principal.getBytes(StandardCharsets.UTF_8);
        long hash = new SipHash()
                .begin(64, 0, 0)
                .update(ByteBuffer.wrap(text).order(ByteOrder.LITTLE_ENDIAN), 0, text.length)
                .end();
        return hash == QueueMakers.NOBODY ? 1 : hash;
    }

    /** In whose name this session makes queues at present. */
    public long makerOf(long session) {
        return state.queues().makers().of(session);
    }

    public @Nullable QueueCursor findQueue(String name) {
        TaskQueue queue = state.queues().find(name);
        return queue == null ? null : new QueueCursor(state, queue);
    }

    /** The queue of this task, which may have been deleted since. */
    public QueueCursor queueOf(TaskCursor task) {
        return new QueueCursor(state, task.taskQueue());
    }

    /**
     * Shows dead tasks in the order they died until one does not pass. To find the place costs two binary searches, however many are dead.
     *
     * @param queue empty = of all; nothing is shown when there is no such queue
     * @param place behind which to begin, see {@link TaskCursor#death}; 0 = with the first. The task that was there need not be dead any more
     */
    public void whileDeadPassAfter(String queue, long place, Predicate<TaskCursor> each) {
        TaskQueue found = queue.isEmpty() ? null : state.queues().find(queue);
        if (found == null && !queue.isEmpty()) {
            return;
        }
        state.whileDeadPassAfter(found, place, sequence -> {
            Invariant.check(asked.moveTo(sequence), "a dead task that is not there");
            return each.test(asked);
        });
    }

    /** The place behind which those lie that died then or later; 0 when there is no such queue. Two binary searches, too. */
    public long deadBefore(String queue, long diedAtMs) {
        TaskQueue found = queue.isEmpty() ? null : state.queues().find(queue);
        return found == null && !queue.isEmpty() ? 0 : state.deadBefore(found, diedAtMs);
    }

    /** What this partition has against this principal's part of a SUBMIT_BATCH or of an ACK's follow-up tasks, now; null when nothing. Changes nothing. */
    public @Nullable Problem problem(ByteBuffer frames, int frameOffset, String principal) {
        return dispatcher.problem(frames, frameOffset, makerOf(principal));
    }

    /** What other partitions are to be told of, in order. */
    public Iterable<HandOvers.Owed> owed() {
        return state.handOvers().owed();
    }

    /** How far things have come between this partition and the others. */
    public HandOvers handOvers() {
        return state.handOvers();
    }

    public Counts counts() {
        return state.counts();
    }

    /** Nothing is due at the time of the last record; only then {@link #beginSnapshot} may be called. */
    public boolean isSettled() {
        return deadlines.nextMs() > state.nowMs();
    }

    /** Begins a copy of the state as it is now; one at a time. Records may be applied between its steps. */
    public SnapshotCopy beginSnapshot(SnapshotSink sink) {
        Invariant.check(isSettled(), "a snapshot while something is due");
        return new SnapshotCopy(state, sink);
    }

    /** What a snapshot taken now would take at most. Walks the pages of the task table. */
    public long snapshotBytesMax() {
        return SnapshotSize.bytesMax(state);
    }

    /** Tasks in the table, in whatever state. */
    public long tasks() {
        return state.tasks.rows();
    }

    /** What the task table takes of the heap, about. Walks its pages. */
    public long tableHeapBytes() {
        return HeapSize.tableBytes(state);
    }

    /**
     * What it takes of the heap, about.
     *
     * @param tableBytes what the task table takes of it
     */
    public long heapBytes(long tableBytes) {
        return HeapSize.bytes(state, tableBytes);
    }

    /** For a partition that has seen no record: what takes the blocks of a snapshot in its place. */
    public SnapshotLoad load() {
        Invariant.check(state.nowMs() == 0, "a snapshot read into a partition that is in use");
        return new SnapshotLoad(state);
    }

    /** Shows what tasks need of the journal; records may be applied between two calls. */
    public NeededFrames neededFrames() {
        return new NeededFrames(state);
    }

    /** Of everything remembered but locations. Walks all tasks. */
    public long stateHash() {
        return StateHash.of(state);
    }

    /** Begins to reckon the {@link #stateHash} of this moment; one at a time, and not while a snapshot is copied. Records may be applied between its steps. */
    public StateHashCopy beginStateHash() {
        return new StateHashCopy(state);
    }

    /** Leases that this session holds; HTTP sessions hold none. */
    public int leaseCount(long session) {
        SessionLeases found = state.sessions().find(session);
        return found == null ? 0 : found.leaseCount();
    }

    /** Reserves of this session that wait for a task. */
    public int waitingCount(long session) {
        SessionLeases found = state.sessions().find(session);
        return found == null ? 0 : found.waiterCount();
    }

    /** Reserves of all sessions that wait for a task. */
    public int waitingCount() {
        return state.waiters().count();
    }

    /** The request ids of these reserves, at most so many of those that have waited longest. */
    public int[] waitingRequests(long session, int max) {
        SessionLeases found = state.sessions().find(session);
        return found == null ? new int[0] : found.waitingRequests(max);
    }

    /**
     * The request ids of these reserves that wait for a queue which is not allowed, among others perhaps; at most so many of those that have waited longest.
     *
     * @param allowed by queue names
     */
    public int[] waitingRequests(long session, int max, Predicate<String> allowed) {
        SessionLeases found = state.sessions().find(session);
        return found == null ? new int[0] : found.waitingRequests(max, waiter -> !waiter.isForAll(allowed));
    }

    /** For audits. */
    PartitionState state() {
        return state;
    }
}
