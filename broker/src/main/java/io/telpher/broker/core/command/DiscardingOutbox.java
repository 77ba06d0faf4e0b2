package io.telpher.broker.core.command;

import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.ErrorCode;
import java.nio.ByteBuffer;

/** Drops every reply: the records were applied, and answered, before. */
public class DiscardingOutbox implements Outbox {
    @Override
    public void rejected(long session, int requestId, ErrorCode code, String message) {}

    @Override
    public void submitted(long session, int requestId, TaskCursor task, boolean duplicate) {}

    @Override
    public void batchSubmitted(long session, int requestId, BatchOutcome outcome) {}

    @Override
    public void deliveries(long session, int requestId, Grants grants) {}

    @Override
    public void taskChanged(long session, int requestId, TaskCursor task, BatchOutcome followUps) {}

    @Override
    public void queueChanged(long session, int requestId, QueueCursor queue) {}

    @Override
    public void counted(long session, int requestId, long count) {}

    @Override
    public void cancelRequested(long session, long taskId, long leaseId) {}

    @Override
    public void finished(TaskCursor task) {}

    @Override
    public void handOver(long number, int target, long maker, ByteBuffer frames, int frame) {}

    @Override
    public void taken(int source, long number, BatchOutcome tasks) {}
}
