package io.telpher.broker.partition;

import io.netty.buffer.ByteBuf;
import io.telpher.broker.memory.BufferBudget;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Where the network's threads leave what they received for the partition's thread. Holds no limit of its own: whoever reads from a
 * socket stops at {@link #isCrowded}, so that pressure reaches the sender.
 */
final class Ingress {
    private static final long BYTES_MAX = BufferBudget.RECEIVED_BYTES_MAX;
    private static final long BYTES_ROOMY = BYTES_MAX / 2;

    /** What an arrival takes besides its frames, about. */
    private static final int ARRIVAL_BYTES = 256;

    /** @param frames whole frames, each validated; null: the session is over */
    record Arrival(Session session, @Nullable ByteBuf frames) {}

    private final Queue<Arrival> queue = new ConcurrentLinkedQueue<>();
    private final AtomicLong bytes = new AtomicLong();
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

    void offer(Arrival arrival) {
        ByteBuf frames = arrival.frames();
        if (frames != null) {
            arrival.session().received(frames.readableBytes());
            bytes.addAndGet(frames.readableBytes() + ARRIVAL_BYTES);
        }
        queue.add(arrival);
    }

    boolean isCrowded() {
        return bytes.get() > BYTES_MAX;
    }

    /** Those that can't be left unread are refused from here on. */
    boolean isOverfull() {
        return bytes.get() > 2 * BYTES_MAX;
    }

    /** Runs it once there is room again, on the thread that finds that. Any thread. */
    void onceRoomy(Runnable resume) {
        waiting.add(resume);
        if (!isCrowded()) {
            resumeWaiting(); // nothing may be left that will be taken
        }
    }

    private void resumeWaiting() {
        for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
            next.run();
        }
    }

    @Nullable
    Arrival poll() {
        Arrival next = queue.poll();
        if (next != null && next.frames() != null) {
            bytes.addAndGet(-ARRIVAL_BYTES);
        }
        return next;
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    /** What was taken and is kept counts on as so much, until {@link #took}. */
    void keeps(Session session, int kept) {
        session.received(kept);
        bytes.addAndGet(kept);
    }

    void took(Session session, int taken) {
        bytes.addAndGet(-taken);
        session.took(taken);
        if (bytes.get() <= BYTES_ROOMY) {
            resumeWaiting();
        }
    }
}
