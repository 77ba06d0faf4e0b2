package io.telpher.broker.partition.intake;

import io.netty.buffer.ByteBuf;
import io.telpher.broker.memory.BufferBudget;
import io.telpher.broker.partition.session.FairLine;
import io.telpher.broker.partition.session.Session;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Hands received bytes from the network's threads to the partition's thread, which takes a little of each session in turn. It has no limit of its own: connections stop
 * reading their sockets at {@link #isCrowded}, so that the pressure reaches the sender.
 */
public final class Ingress {
    /** Bytes of an arrival besides its frames, about. */
    private static final int ARRIVAL_BYTES = 256;

    /** Something received, to be taken in order. */
    public sealed interface Arrival {
        /** In whose turn it is taken. */
        Session session();

        /** @param bytes whole frames, each validated */
        record Frames(Session session, ByteBuf bytes) implements Arrival {}

        /** The session is over. */
        record End(Session session) implements Arrival {}

        /**
         * Something to do on the partition's thread.
         *
         * @param session behind what came from it before
         * @param bytes that it keeps until it was done
         */
        record Work(Session session, Runnable task, int bytes) implements Arrival {}
    }

    private final FairLine<Arrival> line = new FairLine<>();
    private final Queue<Arrival> queue = new ConcurrentLinkedQueue<>();
    private final AtomicLong bytes = new AtomicLong();
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private final long bytesMax;

    /** @param partitions how many share what the broker may hold */
    public Ingress(int partitions) {
        bytesMax = BufferBudget.RECEIVED_BYTES_MAX / partitions;
    }

    public void offer(Session session, ByteBuf frames) {
        session.received(frames.readableBytes());
        bytes.addAndGet(frames.readableBytes() + ARRIVAL_BYTES);
        queue.add(new Arrival.Frames(session, frames));
    }

    public void offer(Arrival.Work work) {
        bytes.addAndGet(work.bytes() + ARRIVAL_BYTES);
        queue.add(work);
    }

    public void offerEnd(Session session) {
        queue.add(new Arrival.End(session));
    }

    /** Does what was polled. */
    void run(Arrival.Work work) {
        work.task().run();
        freed(work.bytes());
    }

    public boolean isCrowded() {
        return bytes.get() > bytesMax;
    }

    /** Requests of senders that can't be left unread are refused from here on. */
    public boolean isOverfull() {
        return bytes.get() > 2 * bytesMax;
    }

    /** Runs it once there is room again, on the thread that finds that. Any thread. */
    public void onceRoomy(Runnable resume) {
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

    /** The next one in turn: of each connection in order, but none waits behind all that another sent. The partition's thread, like all below. */
    @Nullable
    public Arrival poll() {
        Arrival next = queue.poll();
        if (next == null || !line.isEmpty() || !queue.isEmpty()) {
            for (; next != null; next = queue.poll()) {
                line.add(next.session(), next);
            }
            next = line.poll();
        }
        if (next instanceof Arrival.Frames || next instanceof Arrival.Work) {
            bytes.addAndGet(-ARRIVAL_BYTES);
        }
        return next;
    }

    /** Puts back frames that were polled and taken in part. */
    void putBack(Arrival.Frames frames) {
        bytes.addAndGet(ARRIVAL_BYTES);
        line.putBack(frames.session(), frames);
    }

    /** Something was taken from others, and not yet in. */
    public boolean hasLine() {
        return !line.isEmpty();
    }

    /** Nothing came since. Any thread. */
    public boolean isEmpty() {
        return queue.isEmpty();
    }

    /** Received and not taken in, about. Any thread. */
    public long bytes() {
        return bytes.get();
    }

    /** Counts {@code kept} bytes of a taken request as held, until {@link #took}. Any thread. */
    public void keeps(Session session, int kept) {
        session.received(kept);
        bytes.addAndGet(kept);
    }

    public void took(Session session, int taken) {
        session.took(taken);
        freed(taken);
    }

    /** Drops all that arrived; returns how much that was. */
    public int discard() {
        int count = 0;
        for (Arrival next = poll(); next != null; next = poll()) {
            if (next instanceof Arrival.Frames frames) {
                took(frames.session(), frames.bytes().readableBytes());
                frames.bytes().release();
            } else if (next instanceof Arrival.Work work) {
                freed(work.bytes());
            } else {
                next.session().end();
            }
            count++;
        }
        return count;
    }

    private void freed(int count) {
        if (bytes.addAndGet(-count) <= bytesMax / 2) {
            resumeWaiting();
        }
    }
}
