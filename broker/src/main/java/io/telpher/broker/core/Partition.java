package io.telpher.broker.core;

import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Counts;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
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
    public static final long NEVER = Long.MAX_VALUE;

    public Partition(int partitionId, Outbox outbox) {
        throw new UnsupportedOperationException();
    }

    /** Where replies go from here on. */
    public void outbox(Outbox outbox) {
        throw new UnsupportedOperationException();
    }

    /**
     * Applies one record.
     *
     * @param stampMs the record's time in ms since 1970, never below the one before
     * @param location where the frame's first byte lies in the journal
     * @param crc CRC32C of the whole frame
     * @param frames little endian; used only during the call
     */
    public void onRecord(long stampMs, long session, long location, int crc, ByteBuffer frames, int frameOffset) {
        throw new UnsupportedOperationException();
    }

    /** When the next TICK has something to do, ms since 1970; {@link #NEVER} = nothing waits. Cheap. Exact for tasks, leases and waiters. */
    public long nextDeadlineMs() {
        throw new UnsupportedOperationException();
    }

    /** The stamp of the last record. */
    public long now() {
        throw new UnsupportedOperationException();
    }

    /** The last NEW_TERM's; 0 before the first. */
    public long term() {
        throw new UnsupportedOperationException();
    }

    public long retentionMs() {
        throw new UnsupportedOperationException();
    }

    /** The task with this id; null when there is none (any more), see {@link #wasPurged}. */
    public @Nullable TaskCursor find(long taskId) {
        throw new UnsupportedOperationException();
    }

    /** The id was given once, but the task's retention is over. */
    public boolean wasPurged(long taskId) {
        throw new UnsupportedOperationException();
    }

    /**
     * Shows matching tasks in the order of their ids, at most {@code filter.limit()}. Scans a bounded number of tasks, so a page may be short
     * and still not the last.
     *
     * @return the id to go on after; 0 when there is nothing behind
     */
    public long list(TaskFilter filter, Consumer<TaskCursor> each) {
        throw new UnsupportedOperationException();
    }

    /** In creation order: {@code queue(0)} to {@code queue(queueCount() - 1)}. */
    public int queueCount() {
        throw new UnsupportedOperationException();
    }

    public QueueCursor queue(int i) {
        throw new UnsupportedOperationException();
    }

    public @Nullable QueueCursor findQueue(String name) {
        throw new UnsupportedOperationException();
    }

    /**
     * Shows a queue's dead letters in the order they died, behind {@code afterTaskId} (0 = from the oldest; an id that is not
     * dead any more = from the oldest), at most {@code limit}.
     */
    public void deadLetters(String queue, long afterTaskId, int limit, Consumer<TaskCursor> each) {
        throw new UnsupportedOperationException();
    }

    /** A SUBMIT without idempotency key to this queue would be answered QUEUE_FULL now. */
    public boolean isFull(ByteBuffer name, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    /** A SUBMIT without idempotency key to this queue would be answered QUEUE_PAUSED now. */
    public boolean refusesSubmits(ByteBuffer name, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    public Counts counts() {
        throw new UnsupportedOperationException();
    }

    /** Of everything remembered but locations. Walks all tasks. */
    public long stateHash() {
        throw new UnsupportedOperationException();
    }

    /** Leases that this session holds. */
    public int leaseCount(long session) {
        throw new UnsupportedOperationException();
    }

    /** Reserves of this session that wait for a task. */
    public int waitingCount(long session) {
        throw new UnsupportedOperationException();
    }
}
