package io.telpher.broker.core.command;

import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.ErrorCode;
import java.nio.ByteBuffer;

/**
 * Where the core puts its replies. Called on the partition's thread while a record is applied; a cursor, {@link Grants} or
 * {@link BatchOutcome} handed over is valid only during the call. The core never reads payloads: the implementation does, by
 * the cursor's locations.
 *
 * <p>{@code session} and {@code requestId} name the request that is answered; a session that is gone meanwhile is not an error.
 */
public interface Outbox {
    /** Drops everything: for replay. */
    Outbox DISCARD = new DiscardingOutbox();

    /** Refused; nothing changed. */
    void rejected(long session, int requestId, ErrorCode code, String message);

    /** Accepted, or an earlier task with the same key was found; its result is to be read when it is completed. */
    void submitted(long session, int requestId, TaskCursor task, boolean duplicate);

    /** A batch was accepted as a whole. */
    void batchSubmitted(long session, int requestId, BatchOutcome outcome);

    /** Leased to this session by one reserve; {@code grants.count() == 0}: the wait ended with nothing. */
    void deliveries(long session, int requestId, Grants grants);

    /** After cancel, ack, nack, release, extend, progress; {@code followUps} is empty but for an ack that brought some. */
    void taskChanged(long session, int requestId, TaskCursor task, BatchOutcome followUps);

    /** After put, pause, resume. */
    void queueChanged(long session, int requestId, QueueCursor queue);

    /** After purge, replay, discard. */
    void counted(long session, int requestId, long count);

    /**
     * Of the batch or acknowledgement that was just applied, tasks belong to another partition: it is to be told until it has them.
     *
     * @param maker in whose name it makes queues that are missing
     * @param frame offset of the ACK or SUBMIT_BATCH
     */
    void handOver(long number, int target, long maker, ByteBuffer frames, int frame);

    /** Tasks of another partition's are here, by this hand-over or by an earlier telling of it; then {@code tasks} is empty. */
    void taken(int source, long number, BatchOutcome tasks);

    /** To the worker that holds the lease; pushed, without a request. */
    void cancelRequested(long session, long taskId, long leaseId);

    /** The task has just become final (DEAD included): its result can be sent to those that wait for it. */
    void finished(TaskCursor task);
}
