package io.telpher.broker.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.telpher.broker.partition.session.Session;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/** A connection: what was asked over it and not answered yet, and what came back. */
final class SimulatedSession extends Session {
    /** Untracked and left to the collector: a crash leaves some unsent. */
    private static final ByteBufAllocator BUFFERS = new UnpooledByteBufAllocator(false, true);

    private final Map<Integer, Asked> asked = new HashMap<>();
    private final Queue<Reply> inbox;
    private int requestId;
    private boolean closed;

    /** What came, in the order of all that came over any connection. */
    record Reply(SimulatedSession session, ByteBuffer frames) {}

    SimulatedSession(long id, Queue<Reply> inbox) {
        super(id);
        this.inbox = inbox;
    }

    int ask(Asked question) {
        asked.put(++requestId, question);
        return requestId;
    }

    Map<Integer, Asked> asked() {
        return asked;
    }

    /** Nobody listens any more. */
    void close() {
        closed = true;
        asked.clear();
        inbox.removeIf(reply -> reply.session() == this);
    }

    @Override
    public String address() {
        return "simulated";
    }

    /** Every third connection is another client's. */
    @Override
    public String principal() {
        return ReserveCounts.client(id());
    }

    @Override
    public String clientName() {
        return "simulated";
    }

    @Override
    public long connectedAtMs() {
        return 0;
    }

    @Override
    public ByteBuf newBuffer() {
        return BUFFERS.heapBuffer();
    }

    @Override
    public void send(ByteBuf frames) {
        byte[] bytes = new byte[frames.readableBytes()];
        frames.readBytes(bytes);
        frames.release();
        if (!closed) {
            inbox.add(new Reply(this, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)));
        }
    }

    @Override
    public void taken() {
        // Nobody waits for room to send more.
    }
}
