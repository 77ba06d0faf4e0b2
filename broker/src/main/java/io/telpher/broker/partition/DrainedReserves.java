package io.telpher.broker.partition;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.Waiters;
import io.telpher.broker.journal.Batch;
import io.telpher.protocol.Elements;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Frame;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.MessageType;
import io.telpher.protocol.Problem;
import io.telpher.protocol.Reserve;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;

/**
 * Reserves of workers that are to take no more tasks. They never reach the core, and are answered with nothing when their wait is over, not at once: a
 * client that does not know why it gets nothing would ask again and again. When the draining is undone they go on. For the partition's thread.
 */
final class DrainedReserves {
    private static final int HELD_MAX = Waiters.WAITERS_MAX;

    private record Held(Session session, Reserve reserve, long deadlineMs) {
        boolean is(Session other, int requestId) {
            return session == other && reserve.requestId() == requestId;
        }
    }

    private final Ingress ingress;
    private final Replies replies;
    private final LongSupplier clock;
    private final PriorityQueue<Held> byDeadline = new PriorityQueue<>(Comparator.comparingLong(Held::deadlineMs));
    private final FrameWriter out = new FrameWriter();

    DrainedReserves(Ingress ingress, Replies replies, LongSupplier clock) {
        this.ingress = ingress;
        this.replies = replies;
        this.clock = clock;
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
        byte[] copy = new byte[(int) Frame.bytes(buffer, offset)];
        buffer.get(offset, copy);
        Reserve reserve = new Reserve().wrap(ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN), 0);
        session.reserved(reserve.worker());
        if (byDeadline.size() >= HELD_MAX) {
            String message = HELD_MAX + " reserves of draining workers are waiting already";
            replies.refuse(session, reserve.requestId(), new Problem(ErrorCode.OVERLOADED, message));
            return;
        }
        byDeadline.add(new Held(session, reserve, clock.getAsLong() + reserve.waitMs()));
        ingress.keeps(session, reserve.frameBytes());
    }

    private boolean withdraw(Session session, int requestId) {
        for (Held held : byDeadline) {
            if (held.is(session, requestId)) {
                byDeadline.remove(held);
                answer(held);
                return true;
            }
        }
        return false;
    }

    private void answer(Held held) {
        letGo(held);
        replies.nothingFor(held.session, held.reserve.requestId());
    }

    private void letGo(Held held) {
        ingress.took(held.session, held.reserve.frameBytes());
    }

    /** Answers those whose wait is over; returns how many. */
    int step() {
        int work = 0;
        long nowMs = clock.getAsLong();
        while (nextDeadlineMs() <= nowMs) {
            answer(byDeadline.remove());
            work++;
        }
        return work;
    }

    long nextDeadlineMs() {
        Held next = byDeadline.peek();
        return next == null ? Partition.NEVER : next.deadlineMs();
    }

    /** It takes tasks again: what it asked for meanwhile counts, with what is left of the wait. */
    void release(Session session, Batch batch) {
        long nowMs = clock.getAsLong();
        for (Held held : removeOf(session)) {
            Reserve asked = held.reserve;
            int leftMs = (int) Math.max(0, held.deadlineMs - nowMs);
            Reserve.Wants wants = new Reserve.Wants(asked.max(), leftMs, asked.visibilityTimeoutMs(), asked.worker());
            Reserve.write(out.clear(), asked.requestId(), wants, names(asked.queues()));
            batch.add(nowMs, session.id(), out.written(), false);
        }
    }

    /** It is told that it drains: what it has asked for until now is answered at once, as what waits in the core is. */
    void end(Session session) {
        for (Held held : removeOf(session)) {
            replies.nothingFor(session, held.reserve.requestId());
        }
    }

    private static List<String> names(Elements queues) {
        List<String> names = new ArrayList<>();
        while (queues.next()) {
            names.add(queues.text());
        }
        return names;
    }

    /** The connection is gone. */
    void forget(Session session) {
        removeOf(session);
    }

    /** In the order of their deadlines. */
    private List<Held> removeOf(Session session) {
        List<Held> its = byDeadline.stream()
                .filter(held -> held.session == session)
                .sorted(byDeadline.comparator())
                .toList();
        byDeadline.removeAll(its);
        its.forEach(this::letGo);
        return its;
    }
}
