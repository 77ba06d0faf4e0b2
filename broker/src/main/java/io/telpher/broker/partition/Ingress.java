package io.telpher.broker.partition;

import io.netty.buffer.ByteBuf;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Where the network's threads leave what they received for the partition's thread. Holds no limit of its own: whoever reads from a
 * socket stops at {@link #isCrowded}, so that pressure reaches the sender.
 */
final class Ingress {
    private static final long BYTES_MAX =
            Math.min(96L << 20, Runtime.getRuntime().maxMemory() / 8);

    /** @param frames whole frames, each validated; null: the session is over */
    record Arrival(Session session, @Nullable ByteBuf frames) {}

    private final Queue<Arrival> queue = new ConcurrentLinkedQueue<>();
    private final AtomicLong bytes = new AtomicLong();

    void offer(Arrival arrival) {
        ByteBuf frames = arrival.frames();
        if (frames != null) {
            arrival.session().received(frames.readableBytes());
            bytes.addAndGet(frames.readableBytes());
        }
        queue.add(arrival);
    }

    boolean isCrowded() {
        return bytes.get() > BYTES_MAX;
    }

    @Nullable
    Arrival poll() {
        return queue.poll();
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
    }
}
