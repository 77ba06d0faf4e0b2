package io.telpher.broker.partition.reply;

import io.netty.buffer.ByteBuf;
import io.telpher.broker.core.command.BatchOutcome;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.journal.CorruptJournalException;
import io.telpher.broker.journal.Store;
import io.telpher.broker.partition.payload.TaskReader;
import io.telpher.broker.partition.session.ErrorHints;
import io.telpher.broker.partition.session.Rights;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.session.TaskRights;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.CancelRequested;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Release;
import io.telpher.protocol.queue.Queue;
import io.telpher.protocol.queue.QueueView;
import io.telpher.protocol.record.PayloadUnreadable;
import io.telpher.protocol.session.Counted;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.task.BatchSubmitted;
import io.telpher.protocol.task.Submitted;
import io.telpher.protocol.task.TaskStateReply;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the core's replies into the sessions' buffers; {@link #flush} sends each in one piece. A payload goes from the journal's
 * file to the reply as it is.
 */
public final class Replies implements Outbox {
    static final int RETRY_AFTER_MS = 1_000;

    private static final int FLUSH_BYTES = 1 << 20;
    private static final int CYCLE_BYTES = 4 << 20;
    private static final int UNFLUSHED_KEPT_MAX = 256;

    /** Session of what is given back: nobody waits for the answer. */
    public static final long GIVES_BACK = 2;

    private static final Logger LOG = LoggerFactory.getLogger(Replies.class);

    /** Granted, and not delivered. */
    private record Unreadable(long taskId, long leaseId, String error) {}

    private final Store store;
    private final LongSupplier clock;
    private final Long2ObjectHashMap<Session> sessions;
    private final Consumer<TaskCursor> finished;
    private final TaskReader reader;
    private Set<Session> unflushed = new LinkedHashSet<>();
    private final FrameWriter out = new FrameWriter();
    private long sentBytes;
    private final TaskView view = new TaskView();
    private final Long2ObjectHashMap<PieceReplies> pieces = new Long2ObjectHashMap<>();
    private final HeldReplies held = new HeldReplies();
    private final LongArrayList surplus = new LongArrayList();
    private final List<Unreadable> unreadable = new ArrayList<>();
    private final int[] allowed = new int[Limits.RESERVE_MAX];
    private @Nullable Peers peers;
    private int partition;

    public Replies(
            Store store, LongSupplier clock, Long2ObjectHashMap<Session> sessions, Consumer<TaskCursor> finished) {
        this.store = store;
        this.clock = clock;
        this.sessions = sessions;
        this.finished = finished;
        this.reader = new TaskReader(store);
    }

    /** Has what is answered to this session, which is no client's, told to another part of the broker. */
    public void pieces(long session, PieceReplies to) {
        pieces.put(session, to);
    }

    public void flush() {
        if (!unflushed.isEmpty()) {
            for (Session session : unflushed) {
                session.flush();
            }
            forgetFlushed();
        }
        sentBytes = 0;
    }

    /** Clearing a hash set takes as long as it was ever large, which the cycles that follow one with many sessions must not pay. */
    private void forgetFlushed() {
        if (unflushed.size() > UNFLUSHED_KEPT_MAX) {
            unflushed = new LinkedHashSet<>();
        } else {
            unflushed.clear();
        }
    }

    public void peers(int self, Peers others) {
        partition = self;
        peers = others;
    }

    /** An empty writer; what it holds is sent by {@link #send}. */
    public FrameWriter begin() {
        return out.clear();
    }

    public void send(Session session, FrameWriter frames) {
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
    public boolean isMuch() {
        return sentBytes > CYCLE_BYTES;
    }

    public void refuse(Session session, int requestId, Problem problem) {
        if (session.refused(requestId, partition)) {
            send(session, error(requestId, problem));
        }
    }

    private FrameWriter error(int requestId, Problem problem) {
        ErrorCode code = problem.code();
        return ErrorReply.write(
                begin(), requestId, problem, code.retryable() ? RETRY_AFTER_MS : 0, ErrorHints.of(code));
    }

    @Override
    public void rejected(long session, int requestId, ErrorCode code, String message) {
        PieceReplies own = pieces.get(session);
        Session asker = sessions.get(session);
        if (own != null) {
            own.rejected(requestId, new Problem(code, message));
        } else if (asker != null) {
            refuse(asker, requestId, new Problem(code, message));
        }
    }

    @Override
    public void submitted(long session, int requestId, TaskCursor task, boolean duplicate) {
        Session asker = sessions.get(session);
        if (asker != null) {
            Result result = duplicate ? shown(asker, task) : null;
            send(asker, Submitted.write(begin(), requestId, task.state(), task.taskId(), task.createdAtMs(), result));
        }
    }

    /** A session that may repeat a submit and not read has no result shown. */
    private Result shown(Session asker, TaskCursor task) {
        return asker.rights().allow(MessageType.GET, task.queue()) ? reader.result(task) : Result.NONE;
    }

    @Override
    public void batchSubmitted(long session, int requestId, BatchOutcome outcome) {
        BatchSubmitted.begin(begin(), requestId, outcome.count(), outcome.acceptedAtMs());
        for (int i = 0; i < outcome.count(); i++) {
            BatchSubmitted.entry(out, outcome.taskId(i), outcome.state(i), outcome.duplicate(i));
        }
        answer(session, out.endVar().end(), outcome, BatchSubmitted.ENTRY_BYTES);
    }

    /** At once, or when the tasks that other partitions make have their ids. */
    private void answer(long session, FrameWriter reply, BatchOutcome tasks, int entryBytes) {
        if (tasks.isWhole()) {
            send(session, reply);
        } else {
            held.hold(session, reply, tasks, entryBytes);
        }
    }

    @Override
    public void handOver(long number, int target, long maker, ByteBuffer frames, int frame) {
        others().tell(number, target, maker, frames, frame);
    }

    @Override
    public void taken(int source, long number, BatchOutcome tasks) {
        others().confirm(source, number, tasks);
    }

    private Peers others() {
        return Objects.requireNonNull(peers, "a hand-over where there is one partition");
    }

    public void handedOver(long number, TransferredTasks tasks) {
        HeldReplies.Held whole = held.fill(number, tasks);
        Session asker = whole == null ? null : sessions.get(whole.session);
        if (whole != null && asker != null) {
            buffer(asker).writeBytes(whole.frame);
        }
    }

    @Override
    public void deliveries(long sessionId, int requestId, Grants grants) {
        Session session = sessions.get(sessionId);
        if (session == null || !session.isOpen()) {
            giveBack(grants);
            return;
        }
        boolean wasForbidden = session.wasForbidden(requestId);
        int count = takeAllowed(session, grants);
        if (count == 0 && (wasForbidden || grants.count() > 0)) {
            refuse(session, requestId, TaskRights.FORBIDDEN_RESERVE);
            return;
        }
        if (!session.granted(requestId, partition, count, clock.getAsLong())) {
            giveBack(grants, count);
            return;
        }
        if (count > 0) {
            session.delivers();
        }
        int bytes = count * Delivery.HEADER_BYTES;
        for (int i = 0; i < count; i++) {
            bytes += grants.task(allowed[i]).submitBytes();
        }
        ByteBuf buffer = buffer(session).ensureWritable(Deliveries.PREFIX_BYTES + bytes);
        ByteBuffer target = buffer.nioBuffer(buffer.writerIndex(), Deliveries.PREFIX_BYTES + bytes)
                .order(ByteOrder.LITTLE_ENDIAN);
        target.position(Deliveries.PREFIX_BYTES);
        int delivered = 0;
        for (int i = 0; i < count; i++) {
            delivered += deliver(grants.task(allowed[i]), target) ? 1 : 0;
        }
        int end = target.position();
        Deliveries.writePrefix(
                target.position(0), requestId, delivered, session.isDraining(), end - Deliveries.PREFIX_BYTES);
        buffer.writerIndex(buffer.writerIndex() + end);
    }

    /**
     * The session's rights may have changed since it asked, and its reserve not have been withdrawn yet: what it may have by now is left in {@link #allowed}, and
     * the rest given back.
     *
     * @return how many are left
     */
    private int takeAllowed(Session session, Grants grants) {
        Rights rights = session.rights();
        int count = 0;
        for (int i = 0; i < grants.count(); i++) {
            if (rights == Rights.ALL
                    || rights.allow(MessageType.RESERVE, grants.task(i).queue())) {
                allowed[count++] = i;
            }
        }
        int kept = count - 1;
        for (int i = grants.count() - 1; i >= 0 && count < grants.count(); i--) {
            if (kept >= 0 && allowed[kept] == i) {
                kept--;
            } else {
                giveBack(grants.task(i));
            }
        }
        return count;
    }

    /** Its wait for tasks is over, and it is to take none. */
    public void nothingFor(Session session, int requestId) {
        if (session.granted(requestId, partition, 0, clock.getAsLong())) {
            send(session, Deliveries.writeDraining(begin(), requestId));
        }
    }

    /** The connection is gone. The last first, so that the first is in front again. */
    private void giveBack(Grants grants) {
        for (int i = grants.count() - 1; i >= 0; i--) {
            giveBack(grants.task(i));
        }
    }

    /** Another partition was quicker. The last first, so that the first is in front again. */
    private void giveBack(Grants grants, int count) {
        for (int i = count - 1; i >= 0; i--) {
            giveBack(grants.task(allowed[i]));
        }
    }

    private void giveBack(TaskCursor task) {
        surplus.addLong(task.taskId());
        surplus.addLong(task.leaseId());
    }

    /** Releases what was granted and not wanted, and ends what could not be delivered. */
    public void giveBack(Batch batch) {
        if (!unreadable.isEmpty()) {
            for (Unreadable each : unreadable) {
                PayloadUnreadable.write(begin(), each.taskId, each.leaseId, each.error);
                batch.add(clock.getAsLong(), 0, out.written(), true);
            }
            unreadable.clear();
        }
        if (surplus.isEmpty()) {
            return;
        }
        long nowMs = clock.getAsLong();
        for (int i = 0; i < surplus.size(); i += 2) {
            Release.write(begin(), 0, surplus.getLong(i), surplus.getLong(i + 1));
            batch.add(nowMs, GIVES_BACK, out.written(), true);
        }
        surplus.clear();
    }

    /** False: the payload can't be read. The core learns of it by a record, and the others of the delivery go out. */
    private boolean deliver(TaskCursor task, ByteBuffer target) {
        try {
            ByteBuffer frame = store.read(task.submitLocation(), task.submitCrc());
            task.fill(view);
            Delivery.writeHeader(target, view, task.leaseMs());
            target.put(frame);
            return true;
        } catch (CorruptJournalException e) {
            LOG.error(
                    "TQ-2006 task {} is dead, its payload can't be read: {}",
                    TaskId.format(task.taskId()),
                    e.getMessage());
            unreadable.add(new Unreadable(task.taskId(), task.leaseId(), TaskReader.unreadable(e)));
            return false;
        }
    }

    @Override
    public void taskChanged(long session, int requestId, TaskCursor task, BatchOutcome followUps) {
        task.fill(view);
        TaskStateReply.begin(begin(), requestId, view);
        for (int i = 0; i < followUps.count(); i++) {
            out.rawI64(followUps.taskId(i));
        }
        answer(session, out.endVar().end(), followUps, Long.BYTES);
    }

    @Override
    public void queueChanged(long session, int requestId, QueueCursor queue) {
        send(session, write(begin(), requestId, queue));
    }

    public FrameWriter write(FrameWriter to, int requestId, QueueCursor queue) {
        QueueView queueView = new QueueView();
        queue.fill(queueView, clock.getAsLong());
        return Queue.write(to, requestId, queueView);
    }

    @Override
    public void counted(long session, int requestId, long count) {
        PieceReplies own = pieces.get(session);
        if (own != null) {
            own.counted(requestId, count);
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
