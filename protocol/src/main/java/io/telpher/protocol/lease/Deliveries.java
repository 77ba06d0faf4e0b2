package io.telpher.protocol.lease;

import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** DELIVERIES: tasks leased to the asker, each a {@link Delivery} header and the producer's own SUBMIT frame. None when the wait ended. */
public final class Deliveries extends Message {
    /** Frame header, block and the length of the var field: what precedes the first delivery. */
    public static final int PREFIX_BYTES =
            Frame.HEADER_BYTES + MessageType.DELIVERIES.blockLength() + Frame.LENGTH_BYTES;

    public Deliveries() {
        super(MessageType.DELIVERIES);
    }

    public Deliveries wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    /** Writes the header of a reply with {@code count} deliveries of {@code deliveriesBytes} in all: {@link #PREFIX_BYTES} at the buffer's position. */
    public static void writePrefix(ByteBuffer out, int requestId, int count, boolean draining, int deliveriesBytes) {
        out.putInt(PREFIX_BYTES - Frame.LENGTH_BYTES + deliveriesBytes)
                .put((byte) MessageType.DELIVERIES.code())
                .put((byte) Frame.VERSION)
                .putShort((short) MessageType.DELIVERIES.blockLength())
                .putInt(requestId)
                .putInt(count)
                .putInt(draining ? 1 : 0)
                .putInt(deliveriesBytes);
    }

    /** No tasks for a worker that is to take no more. */
    public static FrameWriter writeDraining(FrameWriter out, int requestId) {
        return out.begin(MessageType.DELIVERIES, requestId)
                .i32(0)
                .u8(1)
                .pad()
                .beginVar()
                .endVar()
                .end();
    }

    public int count() {
        return i32(0);
    }

    /** An operator wants this connection to take no more tasks. */
    public boolean draining() {
        return u8(4) != 0;
    }

    /** Walks the deliveries; start with {@code next()}. */
    public Delivery first() {
        return new Delivery(buffer(), varOffset(0), varLength(0));
    }
}
