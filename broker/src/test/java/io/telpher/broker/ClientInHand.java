package io.telpher.broker;

import io.netty.buffer.Unpooled;
import io.telpher.broker.partition.session.OwnSession;
import io.telpher.protocol.frame.FrameWriter;
import java.nio.ByteBuffer;

/** A client of a {@link BrokerInHand}. */
final class ClientInHand extends OwnSession {
    private final BrokerInHand broker;
    private ByteBuffer last = ByteBuffer.allocate(0);

    ClientInHand(BrokerInHand broker) {
        super(broker.nextSession());
        this.broker = broker;
    }

    /** The last frames that came back once all was done. */
    ByteBuffer send(FrameWriter frame) {
        broker.router().receive(this, Unpooled.wrappedBuffer(frame.toBytes()));
        broker.run();
        return last;
    }

    @Override
    protected void answered(ByteBuffer frames) {
        last = frames;
    }
}
