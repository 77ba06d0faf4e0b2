package io.telpher.broker.partition.routing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.telpher.broker.partition.reply.Replies;
import io.telpher.broker.partition.session.OwnSession;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Release;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Leases of deliveries that could not be sent: their tasks are released, as if they had not been granted. Any thread. */
public final class ReturnedLeases {
    private static final byte[] NONE = {};

    private ReturnedLeases() {}

    /** Releases what these reply frames deliver; others among them don't matter. */
    public static void giveBack(PartitionRouter router, ByteBuf frames) {
        FrameWriter releases = new FrameWriter();
        ByteBuffer buffer = frames.nioBuffer().order(ByteOrder.LITTLE_ENDIAN);
        for (int offset = 0; offset < buffer.limit(); offset += (int) Frame.bytes(buffer, offset)) {
            addReleases(releases, buffer, offset);
        }
        giveBack(router, releases.toBytes());
    }

    /** The RELEASE frames that give back what this reply delivers; empty when it delivers nothing. */
    public static byte[] releases(ByteBuffer reply) {
        if (Frame.typeCode(reply, 0) != MessageType.DELIVERIES.code()) {
            return NONE;
        }
        FrameWriter releases = new FrameWriter();
        addReleases(releases, reply, 0);
        return releases.toBytes();
    }

    private static void addReleases(FrameWriter out, ByteBuffer reply, int offset) {
        if (Frame.typeCode(reply, offset) == MessageType.DELIVERIES.code()) {
            Delivery delivery = new Deliveries().wrap(reply, offset).first();
            while (delivery.next()) {
                Release.write(out, 0, delivery.taskId(), delivery.leaseId());
            }
        }
    }

    /** @param releases see {@link #releases} */
    public static void giveBack(PartitionRouter router, byte[] releases) {
        if (releases.length > 0) {
            Returner returner = new Returner();
            router.receive(returner, Unpooled.wrappedBuffer(releases));
            router.closed(returner);
        }
    }

    /** Says RELEASE in place of a connection that is gone. */
    private static final class Returner extends OwnSession {
        Returner() {
            super(Replies.GIVES_BACK);
        }

        @Override
        protected void answered(ByteBuffer frames) {
            // A lease that ended meanwhile needs no release.
        }
    }
}
