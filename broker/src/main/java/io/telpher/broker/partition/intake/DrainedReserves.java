package io.telpher.broker.partition.intake;

import io.telpher.broker.core.Partition;
import io.telpher.broker.partition.reply.Replies;
import io.telpher.broker.partition.session.Parked;
import io.telpher.broker.partition.session.ParkingLimits;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.session.TaskRights;
import io.telpher.broker.partition.time.BrokerClock;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Reserve;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Comparator;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/**
 * Reserves of workers that are to take no more tasks. They never reach the core, and are answered with nothing when their wait is over, not at once: a
 * client that does not know why it gets nothing would ask again and again. When the draining is undone they go on. For the partition's thread.
 */
final class DrainedReserves {
    /** By one duty cycle. */
    private static final int ANSWERS_PER_CYCLE = 1_024;

    /** A reserve as its client names it. Of sessions the ids are the broker's own, so they stand in front. */
    private record Name(long session, int requestId) implements Comparable<Name> {
        private static final Comparator<Name> ORDER =
                Comparator.comparingLong(Name::session).thenComparingInt(Name::requestId);

        /** By which the numbers of neighbouring sessions lie far apart: both count from 1. */
        private static final int SPREAD = 0x9E3779B1;

        @Override
        public int hashCode() {
            return Long.hashCode(session) * SPREAD + requestId;
        }

        @Override
        public int compareTo(Name other) {
            return ORDER.compare(this, other);
        }
    }

    private static final class Held extends Parked.Request<Name> {
        /** The RESERVE; a reader each would take more than it does. */
        final byte[] frame;

        Held(Session session, int requestId, byte[] frame, long deadlineMs) {
            super(session, requestId, new Name(session.id(), requestId), deadlineMs);
            this.frame = frame;
        }
    }

    private final Ingress ingress;
    private final Replies replies;
    private final LongSupplier clock;
    private final Parked<Name, Held> parked;
    private final FrameWriter out = new FrameWriter();
    private final Reserve asked = new Reserve();

    DrainedReserves(Ingress ingress, Replies replies, LongSupplier clock, ParkingLimits limits) {
        this.ingress = ingress;
        this.replies = replies;
        this.clock = clock;
        this.parked = new Parked<>(limits);
    }

    /** True when the frame goes no further: a reserve of a worker that drains, or the withdrawal of one that is held here. */
    boolean takes(Session session, MessageType type, ByteBuffer buffer, int offset) {
        if (type == MessageType.RESERVE && session.isDraining()) {
            hold(session, buffer, offset);
            return true;
        }
        return type == MessageType.WITHDRAW && withdraw(session, Frame.requestId(buffer, offset));
    }

    private void hold(Session session, ByteBuffer buffer, int offset) {
        asked.wrap(buffer, offset);
        session.reserved(asked.worker());
        session.reservedFrom(asked);
        byte[] frame = new byte[asked.frameBytes()];
        buffer.get(offset, frame);
        long deadlineMs = clock.getAsLong() + asked.waitMs() + BrokerClock.ROUNDING_MS;
        Problem problem = parked.park(new Held(session, asked.requestId(), frame, deadlineMs));
        if (problem == null) {
            ingress.keeps(session, frame.length);
        } else {
            replies.refuse(session, asked.requestId(), problem);
        }
    }

    /** Valid until the next call. */
    private Reserve reserve(Held held) {
        return asked.wrap(ByteBuffer.wrap(held.frame).order(ByteOrder.LITTLE_ENDIAN), 0);
    }

    /** Refuses what the session's rights don't cover. */
    void review(Session session) {
        for (Held held : parked.of(session)) {
            if (TaskRights.problem(session.rights(), reserve(held)) != null) {
                parked.remove(held);
                refuse(held);
            }
        }
    }

    /** It may have come under rights that the session has no more. */
    private void refuse(Held held) {
        ingress.took(held.session, held.frame.length);
        replies.refuse(held.session, held.requestId, TaskRights.FORBIDDEN_RESERVE);
    }

    private boolean withdraw(Session session, int requestId) {
        Held held = parked.find(new Name(session.id(), requestId));
        if (held == null) {
            return false;
        }
        parked.remove(held);
        answer(held);
        return true;
    }

    private void answer(Held held) {
        ingress.took(held.session, held.frame.length);
        replies.nothingFor(held.session, held.requestId);
    }

    /**
     * Answers those whose wait is over, or goes on with those of workers that take tasks again, as many as one duty cycle may; returns how many.
     *
     * @param resumed takes a reserve that counts again, with what is left of its wait
     * @param stops the broker does: every wait is up
     */
    int step(BiConsumer<Session, FrameWriter> resumed, boolean stops) {
        long nowMs = stops ? Partition.NEVER : clock.getAsLong();
        int work = 0;
        while (work < ANSWERS_PER_CYCLE) {
            Held held = parked.poll(nowMs);
            if (held == null) {
                break;
            }
            if (held.session.isOver()) {
                ingress.took(held.session, held.frame.length);
            } else if (held.session.isDraining()) {
                answer(held);
            } else {
                ingress.took(held.session, held.frame.length);
                resumed.accept(held.session, withTimeLeft(held, nowMs));
            }
            work++;
        }
        return work;
    }

    private FrameWriter withTimeLeft(Held held, long nowMs) {
        Reserve reserve = reserve(held);
        int leftMs = (int) Math.max(0, held.deadlineMs() - nowMs);
        Reserve.Wants wants = new Reserve.Wants(reserve.max(), leftMs, reserve.visibilityTimeoutMs(), reserve.worker());
        return Reserve.write(out.clear(), held.requestId, wants, Reserve.queuesOf(reserve));
    }

    boolean isEmpty() {
        return parked.count() == 0;
    }

    /** When {@link #step} has something to do without anything else happening, ms since 1970. */
    long nextDeadlineMs() {
        return parked.nextDeadlineMs();
    }

    /**
     * It is told that it drains: what it has asked for until now is answered at once, as what waits in the core is. Or it is told that it takes tasks again:
     * what it asked for meanwhile goes on. Or it is gone.
     */
    void end(Session session) {
        parked.end(session);
    }
}
