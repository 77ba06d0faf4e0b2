package io.telpher.broker.partition;

import io.telpher.broker.core.command.BatchOutcome;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.ErrorCode;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Keeps why a record was refused; nobody is there for the other replies. */
final class Refusals implements Outbox {
    private @Nullable String last;

    void clear() {
        last = null;
    }

    @Nullable
    String last() {
        return last;
    }

    @Override
    public void rejected(long session, int requestId, ErrorCode code, String message) {
        last = code.name();
    }

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
    public void handOver(long number, int target, ByteBuffer frames, int frame) {}

    @Override
    public void taken(int source, long number, BatchOutcome tasks) {}

    @Override
    public void cancelRequested(long session, long taskId, long leaseId) {}

    @Override
    public void finished(TaskCursor task) {}
}
