package io.telpher.broker.partition;

import io.netty.buffer.ByteBuf;
import io.telpher.broker.core.command.BatchOutcome;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.journal.Journal;
import io.telpher.protocol.BatchSubmitted;
import io.telpher.protocol.CancelRequested;
import io.telpher.protocol.Counted;
import io.telpher.protocol.Deliveries;
import io.telpher.protocol.Delivery;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.ErrorReply;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.Problem;
import io.telpher.protocol.Queue;
import io.telpher.protocol.QueueView;
import io.telpher.protocol.Submitted;
import io.telpher.protocol.TaskStateReply;
import io.telpher.protocol.TaskView;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes the core's replies into the sessions' buffers; {@link #flush} sends each in one piece. A payload goes from the journal's
 * file to the reply as it is.
 */
final class Replies implements Outbox {
    static final int RETRY_AFTER_MS = 1_000;

    private static final int FLUSH_BYTES = 1 << 20;
    private static final int CYCLE_BYTES = 4 << 20;

    private final Journal journal;
    private final LongSupplier clock;
    private final Long2ObjectHashMap<Session> sessions;
    private final Consumer<TaskCursor> finished;
    private final TaskReader reader;
    private final Set<Session> unflushed = new LinkedHashSet<>();
    private final FrameWriter out = new FrameWriter();
    private long sentBytes;
    private final TaskView view = new TaskView();
    private @Nullable ReplayRuns runs;

    Replies(Journal journal, LongSupplier clock, Long2ObjectHashMap<Session> sessions, Consumer<TaskCursor> finished) {
        this.journal = journal;
        this.clock = clock;
        this.sessions = sessions;
        this.finished = finished;
        this.reader = new TaskReader(journal);
    }

    /** Who is answered in the place of session {@link ReplayRuns#SESSION}. */
    void runs(ReplayRuns replays) {
        runs = replays;
    }

    void flush() {
        for (Session session : unflushed) {
            session.flush();
        }
        unflushed.clear();
        sentBytes = 0;
    }

    /** An empty writer; what it holds is sent by {@link #send}. */
    FrameWriter begin() {
        return out.clear();
    }

    void send(Session session, FrameWriter frames) {
        buffer(session).writeBytes(frames.written());
    }

    private void send(long sessionId, FrameWriter frames) {
        Session session = sessions.get(sessionId);
        if (session != null) {
            send(session, frames);
        }
    }

    private ByteBuf buffer(Session session) {
        if (session.hasReplies() && session.replies().readableBytes() > FLUSH_BYTES) {
            // Not all at the end of the cycle: only what was sent shows that the client does not read.
            sentBytes += session.replies().readableBytes();
            session.flush();
            unflushed.remove(session);
        }
        if (!session.hasReplies()) {
            unflushed.add(session);
        }
        return session.replies();
    }

    /** More in this duty cycle would keep others waiting. */
    boolean isMuch() {
        return sentBytes > CYCLE_BYTES;
    }

    void refuse(Session session, int requestId, Problem problem) {
        send(session, error(requestId, problem));
    }

    private FrameWriter error(int requestId, Problem problem) {
        ErrorCode code = problem.code();
        return ErrorReply.write(begin(), requestId, problem, code.retryable() ? RETRY_AFTER_MS : 0, Hints.of(code));
    }

    @Override
    public void rejected(long session, int requestId, ErrorCode code, String message) {
        if (session == ReplayRuns.SESSION && runs != null) {
            runs.counted(requestId, 0); // the one task it was about is gone
            return;
        }
        send(session, error(requestId, new Problem(code, message)));
    }

    @Override
    public void submitted(long session, int requestId, TaskCursor task, boolean duplicate) {
        send(
                session,
                Submitted.write(
                        begin(),
                        requestId,
                        task.state(),
                        task.taskId(),
                        task.createdAtMs(),
                        duplicate ? reader.result(task) : null));
    }

    @Override
    public void batchSubmitted(long session, int requestId, BatchOutcome outcome) {
        BatchSubmitted.begin(begin(), requestId, outcome.count(), outcome.acceptedAtMs());
        for (int i = 0; i < outcome.count(); i++) {
            BatchSubmitted.entry(out, outcome.taskId(i), outcome.state(i), outcome.duplicate(i));
        }
        send(session, out.endVar().end());
    }

    @Override
    public void deliveries(long sessionId, int requestId, Grants grants) {
        Session session = sessions.get(sessionId);
        if (session == null) {
            return;
        }
        int bytes = grants.count() * Delivery.HEADER_BYTES;
        for (int i = 0; i < grants.count(); i++) {
            bytes += grants.task(i).submitBytes();
        }
        ByteBuf buffer = buffer(session).ensureWritable(Deliveries.PREFIX_BYTES + bytes);
        ByteBuffer target = buffer.nioBuffer(buffer.writerIndex(), Deliveries.PREFIX_BYTES + bytes)
                .order(ByteOrder.LITTLE_ENDIAN);
        Deliveries.writePrefix(target, requestId, grants.count(), bytes);
        for (int i = 0; i < grants.count(); i++) {
            deliver(grants.task(i), target);
        }
        buffer.writerIndex(buffer.writerIndex() + Deliveries.PREFIX_BYTES + bytes);
    }

    private void deliver(TaskCursor task, ByteBuffer target) {
        task.fill(view);
        Delivery.writeHeader(target, view, task.leaseMs());
        target.put(journal.read(task.submitLocation(), task.submitCrc()));
    }

    @Override
    public void taskChanged(long session, int requestId, TaskCursor task, BatchOutcome followUps) {
        task.fill(view);
        TaskStateReply.begin(begin(), requestId, view);
        for (int i = 0; i < followUps.count(); i++) {
            out.rawI64(followUps.taskId(i));
        }
        send(session, out.endVar().end());
    }

    @Override
    public void queueChanged(long session, int requestId, QueueCursor queue) {
        send(session, write(begin(), requestId, queue));
    }

    FrameWriter write(FrameWriter to, int requestId, QueueCursor queue) {
        QueueView queueView = new QueueView();
        queue.fill(queueView, clock.getAsLong());
        return Queue.write(to, requestId, queueView);
    }

    @Override
    public void counted(long session, int requestId, long count) {
        if (session == ReplayRuns.SESSION && runs != null) {
            runs.counted(requestId, count);
        } else {
            send(session, Counted.write(begin(), requestId, count));
        }
    }

    @Override
    public void cancelRequested(long session, long taskId, long leaseId) {
        send(session, CancelRequested.write(begin(), 0, taskId, leaseId));
    }

    @Override
    public void finished(TaskCursor task) {
        finished.accept(task);
    }

    @Nullable
    Session session(long id) {
        return sessions.get(id);
    }
}
