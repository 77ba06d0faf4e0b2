package io.telpher.broker.partition.session;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A session of the broker itself, without a connection. */
public abstract class OwnSession extends Session {
    /** @param id {@link #OWN_ID}, or one that no connection has */
    protected OwnSession(long id) {
        super(id);
    }

    @Override
    public boolean isConnection() {
        return false;
    }

    @Override
    public String address() {
        return "";
    }

    @Override
    public String clientName() {
        return "broker";
    }

    @Override
    public long connectedAtMs() {
        return 0;
    }

    @Override
    public final void send(ByteBuf frames) {
        byte[] bytes = new byte[frames.readableBytes()];
        frames.readBytes(bytes).release();
        answered(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    }

    /** Takes whole reply frames, the first at offset 0. On the partition's thread. */
    protected abstract void answered(ByteBuffer frames);

    /** No sender waits for room. */
    @Override
    public void taken() {}
}
