package io.telpher.broker.torture;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * One direction of a proxied connection: what was read at one end waits here, in its order, until it is due at the other. It is read on when all of it is
 * there. On the event loop that both ends share.
 */
final class Passage {
    private record Piece(ByteBuf bytes, long dueNanos) {}

    private final Channel from;
    private final Channel to;
    private final Deque<Piece> pieces = new ArrayDeque<>();
    private boolean ended;
    private boolean discarding;

    Passage(Channel from, Channel to) {
        this.from = from;
        this.to = to;
    }

    /** Takes the bytes over. */
    void add(ByteBuf bytes, FaultProxy.Weather weather) {
        long due = now() + TimeUnit.MILLISECONDS.toNanos(weather.delayMs());
        while (bytes.isReadable() && !discarding) {
            pieces.add(new Piece(bytes.readRetainedSlice(Math.min(bytes.readableBytes(), weather.pieceBytes())), due));
            due += TimeUnit.MILLISECONDS.toNanos(weather.pieceGapMs());
        }
        bytes.release();
        pass();
    }

    /** There is nothing more to read: the other end hears of it after what is under way. */
    void end() {
        ended = true;
        if (pieces.isEmpty()) {
            to.close();
        }
    }

    /** Nobody is left to get it, nor what is read from now on. */
    void discard() {
        discarding = true;
        pieces.forEach(piece -> piece.bytes.release());
        pieces.clear();
    }

    private long now() {
        return from.eventLoop().ticker().nanoTime();
    }

    /** Only the first piece is waited for, and nothing goes past it: a timer that rings late can't turn the order round. */
    private void pass() {
        while (!pieces.isEmpty()) {
            long waitNanos = pieces.element().dueNanos - now();
            if (waitNanos > 0) {
                from.eventLoop().schedule(this::pass, waitNanos, TimeUnit.NANOSECONDS);
                return;
            }
            to.writeAndFlush(pieces.remove().bytes);
        }
        if (ended) {
            to.close();
        } else {
            from.read();
        }
    }
}
