package io.telpher.broker.partition.intake;

import io.netty.buffer.ByteBuf;
import io.telpher.broker.core.Partition;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.journal.Log;
import io.telpher.broker.partition.answer.Queries;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.reply.Replies;
import io.telpher.broker.partition.run.DisconnectSweeper;
import io.telpher.broker.partition.session.ReserveShares;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.session.TaskRights;
import io.telpher.broker.partition.storage.DiskRoom;
import io.telpher.broker.partition.storage.HeapRoom;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.Utf8;
import io.telpher.protocol.admin.DrainWorker;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Reserve;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongSupplier;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * Takes in what others left for the partition's thread: commands go into the batch, queries into their line, and what can't be taken is refused
 * at once.
 */
public final class Intake {
    /** A batch is closed at this size; what is left waits for the next cycle. */
    public static final int BATCH_BYTES = 1 << 20;

    /** Nor does it take more: very many small requests would be a long cycle. */
    private static final int FRAMES_PER_CYCLE = 1_024;

    /** Of one connection before the others have their turn. */
    private static final int FRAMES_PER_TURN = 128;

    /** What a query that waits for its answer takes, about: the socket of a client that has many of them is left unread. */
    private static final int QUERY_BYTES = 256;

    private final Log log;
    private final LongSupplier clock;
    private final Long2ObjectHashMap<Session> sessions;
    private final Replies replies;
    private final Queries queries;
    private final HeapRoom heap;
    private final Admission admission;
    private final QueueMakerNotes makers;
    private final TaskRights rights;
    private final Ingress ingress;
    private final DrainedReserves drained;
    private final DrainWorker drainWorker = new DrainWorker();
    private final FrameWriter signed = new FrameWriter();
    private final DisconnectSweeper endings;
    private final RightsReviews reviews;
    /** The last record that each connection asked for, by lane. */
    private final Long2LongHashMap lastRecords = new Long2LongHashMap(0);

    private Batch batch;
    private boolean draining;
    private int framesLeft;

    public Intake(
            Parts parts,
            DiskRoom room,
            HeapRoom heap,
            Ingress ingress,
            Long2ObjectHashMap<Session> sessions,
            Replies replies,
            Queries queries,
            ReserveShares reserves) {
        Partition partition = parts.partition();
        this.log = parts.log();
        this.clock = parts.clock();
        this.sessions = sessions;
        this.replies = replies;
        this.queries = queries;
        this.heap = heap;
        this.admission = new Admission(partition, room, heap, reserves);
        this.makers = new QueueMakerNotes(partition);
        this.rights = new TaskRights(partition);
        this.endings = new DisconnectSweeper(partition);
        this.ingress = ingress;
        this.drained = new DrainedReserves(
                ingress, replies, clock, parts.room().shares().parking());
        this.reviews = new RightsReviews(partition, queries, drained, clock);
        this.batch = log.newBatch();
        queries.onAnswered(session -> ingress.took(session, QUERY_BYTES));
    }

    /** Adds to the batch until it is full; returns 0 when there was nothing to take. */
    public int step(Batch into, boolean isDraining) {
        batch = into;
        draining = isDraining;
        heap.step(batch);
        int work = drained.step(this::resume, draining);
        framesLeft = FRAMES_PER_CYCLE;
        while (batch.bytes() < BATCH_BYTES && framesLeft > 0) {
            Ingress.Arrival next = ingress.poll();
            if (next == null) {
                break;
            }
            work++;
            if (next instanceof Ingress.Arrival.Frames frames) {
                take(frames);
            } else if (next instanceof Ingress.Arrival.End end) {
                end(end.session());
            } else {
                ingress.run((Ingress.Arrival.Work) next);
            }
        }
        return work;
    }

    private void take(Ingress.Arrival.Frames from) {
        Session session = from.session();
        ByteBuf frames = from.bytes();
        if (session.isOver()) {
            ingress.took(session, frames.readableBytes());
            frames.release();
            return;
        }
        if (sessions.put(session.id(), session) == null && !session.isConnection()) {
            queries.othersCame(1);
        }
        int before = frames.readableBytes();
        long now = clock.getAsLong();
        session.seen(now);
        ByteBuffer buffer = frames.nioBuffer().order(ByteOrder.LITTLE_ENDIAN);
        int offset = 0;
        int turn = Math.min(framesLeft, FRAMES_PER_TURN);
        framesLeft -= turn;
        while (offset < before && batch.bytes() < BATCH_BYTES && turn > 0) {
            int bytes = (int) Frame.bytes(buffer, offset);
            take(session, buffer, offset, bytes, now);
            offset += bytes;
            turn--;
        }
        framesLeft += turn;
        frames.skipBytes(offset);
        ingress.took(session, offset);
        if (frames.isReadable()) {
            ingress.putBack(from);
        } else {
            frames.release();
        }
    }

    private void take(Session session, ByteBuffer buffer, int offset, int bytes, long now) {
        MessageType type = MessageType.known(Frame.typeCode(buffer, offset));
        Problem forbidden = rights.problem(session, type, buffer, offset);
        if (forbidden != null) {
            replies.refuse(session, Frame.requestId(buffer, offset), forbidden);
        } else if (!draining && drained.takes(session, type, buffer, offset)) {
            return;
        } else if (type.kind() == MessageType.Kind.QUERY || queries.resolvesFirst(type, buffer, offset)) {
            if (type == MessageType.DRAIN_WORKER) {
                drain(drainWorker.wrap(buffer, offset));
            }
            queries.add(session, buffer, offset, bytes, after(session, type));
            ingress.keeps(session, QUERY_BYTES);
        } else {
            Problem problem = admission.problem(session, type, buffer, offset, draining);
            if (problem != null) {
                refuse(session, buffer, offset, problem);
            } else {
                journal(session, type, buffer, offset, bytes, now);
            }
        }
    }

    /** At once by a machine that is alone; by one of several when it is certain that it led: elsewhere the queue may have room meanwhile. */
    private void refuse(Session session, ByteBuffer buffer, int offset, Problem problem) {
        if (log.proveRead() == 0) {
            replies.refuse(session, Frame.requestId(buffer, offset), problem);
        } else {
            queries.addRefusal(session, buffer, offset, problem);
            ingress.keeps(session, QUERY_BYTES);
        }
    }

    private void journal(Session session, MessageType type, ByteBuffer buffer, int offset, int bytes, long now) {
        if (!queries.purges().takes(session, type, buffer, offset, batch, now)) {
            if (admission.makesQueue()) {
                makers.tell(session, batch, now);
            }
            ByteBuffer frame = type.isSigned()
                    ? signed(session, buffer, offset)
                    : buffer.duplicate().limit(offset + bytes).position(offset);
            batch.add(now, session.id(), frame, type.isDurable());
        }
        lastRecords.put(session.lane(), lastSequence());
    }

    /**
     * The command with who gives it, where people are told later. The core does not know clients, and the client's own word for it does not count. Valid until the
     * next call.
     */
    private ByteBuffer signed(Session session, ByteBuffer buffer, int offset) {
        String by = Utf8.cut(session.principal(), Limits.PRINCIPAL_BYTES_MAX, "");
        return signed.clear().signed(buffer, offset, by).written();
    }

    /** From here on, in the order in which all that concerns the worker comes; the answer follows when this has taken effect. */
    private void drain(DrainWorker asked) {
        Session worker = sessions.get(asked.sessionId());
        if (worker != null && worker.reserves()) {
            worker.drain(!asked.undo());
            drained.end(worker);
        }
    }

    /**
     * The record behind which a query is answered: the last of its own connection, not of those that others send at the same time. What is about others' doings
     * waits for all that was taken in.
     */
    private long after(Session session, MessageType type) {
        boolean isOwn = type.kind() == MessageType.Kind.QUERY && !type.isBehindAll();
        return isOwn ? lastRecords.get(session.lane()) : lastSequence();
    }

    /** A reserve that was kept while its worker drained. */
    private void resume(Session session, FrameWriter reserve) {
        ByteBuffer frame = reserve.written();
        Problem problem = rights.problem(session, MessageType.RESERVE, frame, 0);
        if (problem == null) {
            problem = admission.reserveProblem(session, new Reserve().wrap(frame, 0));
        }
        if (problem != null) {
            replies.refuse(session, Frame.requestId(frame, 0), problem);
        } else {
            batch.add(clock.getAsLong(), session.id(), frame, false);
        }
    }

    /** Reserves of draining workers wait. */
    public boolean holdsBack() {
        return !drained.isEmpty();
    }

    /** When {@link #step} has something to do without anything else happening, ms since 1970. */
    public long nextDeadlineMs() {
        return drained.nextDeadlineMs();
    }

    /** Of the last record that was taken in. */
    private long lastSequence() {
        return log.appendedSequence() + batch.count();
    }

    /**
     * Asks whether the partition would take its part of this SUBMIT_BATCH or ACK: answered with COUNTED, or with what is in the way, behind what was
     * taken in before.
     */
    public void wouldTake(Session asker, ByteBuffer frame) {
        if (draining && Frame.typeCode(frame, 0) == MessageType.SUBMIT_BATCH.code()) {
            replies.refuse(asker, Frame.requestId(frame, 0), Admission.drains());
        } else if (Frame.typeCode(frame, 0) == MessageType.SUBMIT_BATCH.code() ? heap.isFull() : heap.isCritical()) {
            replies.refuse(asker, Frame.requestId(frame, 0), Admission.heapIsFull());
        } else {
            queries.addWouldTake(asker, frame, lastSequence());
            ingress.keeps(asker, QUERY_BYTES);
        }
    }

    /** The session's rights have changed: what it asked for before is judged again. */
    public void review(Session session) {
        if (!session.isOver()) {
            reviews.add(session, lastSequence());
        }
    }

    /** Goes on with what connections left that are gone, and with what changed rights end; returns 0 when there was nothing to do. */
    public int goOn(Batch into, long appliedSequence) {
        batch = into;
        int work = reviews.step(into, appliedSequence, lastSequence());
        return work + endings.step(into, clock.getAsLong(), appliedSequence, lastSequence() + 1);
    }

    private void end(Session session) {
        session.end();
        if (sessions.remove(session.id()) != null && !session.isConnection()) {
            queries.othersCame(-1);
        }
        if (!sessions.containsKey(session.lane())) {
            lastRecords.remove(session.lane());
        }
        queries.forget(session);
        drained.end(session);
        session.flush();
        // While draining, leases outlive their connections: the workers come back to the next run of the broker.
        if (session.reserves() && !draining) {
            endings.end(session.id(), batch, clock.getAsLong(), lastSequence() + 1);
        }
    }
}
