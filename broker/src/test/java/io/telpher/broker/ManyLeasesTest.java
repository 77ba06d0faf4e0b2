package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.admin.Stats;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** All leases there are run out in the same millisecond. */
class ManyLeasesTest {
    private static final int BATCH = 1_000;
    private static final int LEASES = Overload.size(100_000, 1_000_000);
    private static final int LEASE_MS = 30_000;
    private static final int LEASES_PER_TICK = 10_000;
    private static final int LEASES_PER_DISCONNECT = 5_000;

    private static final class Client extends Session {
        private byte[] last = new byte[0];

        Client(long id) {
            super(id);
        }

        @Override
        public String address() {
            return "here";
        }

        @Override
        public String clientName() {
            return "many";
        }

        @Override
        public long connectedAtMs() {
            return 0;
        }

        @Override
        public void send(ByteBuf frames) {
            last = new byte[frames.readableBytes()];
            frames.readBytes(last).release();
        }

        @Override
        public void taken() {}
    }

    private final BrokerInHand broker = new BrokerInHand(4 << 20);
    private final Client client = new Client(broker.nextSession());

    private void send(FrameWriter frame) {
        broker.router().receive(client, Unpooled.wrappedBuffer(frame.toBytes()));
    }

    private final Client other = new Client(broker.nextSession());

    private long stat(BrokerStats.Field field) {
        return stat(client, field);
    }

    private static long stat(Client asker, BrokerStats.Field field) {
        return new BrokerStats()
                .wrap(ByteBuffer.wrap(asker.last).order(ByteOrder.LITTLE_ENDIAN), 0)
                .get(field);
    }

    private void askStats() {
        send(Stats.write(new FrameWriter(), 1));
    }

    private void leaseAll() {
        FrameWriter submits = new FrameWriter();
        for (int i = 0; i < BATCH; i++) {
            Submit.write(submits, 0, TaskSpec.type("t").queue("q"));
        }
        Reserve.Wants wants = new Reserve.Wants(BATCH, 0, LEASE_MS, "w");
        for (int i = 0; i < LEASES; i += BATCH) {
            send(SubmitBatch.write(new FrameWriter(), 1, BATCH, submits.written()));
            send(Reserve.write(new FrameWriter(), 1, wants, List.of("q")));
            broker.run();
        }
    }

    @Test
    void shouldComeBackALittleAtATimeWhileOthersAreServed() {
        leaseAll();
        askStats();
        broker.run();
        assertEquals(LEASES, stat(BrokerStats.Field.ACTIVE));
        broker.advance(LEASE_MS + 1);
        long left = LEASES;
        int steps = 0;
        while (left > 0) {
            askStats();
            broker.step();
            long now = stat(BrokerStats.Field.ACTIVE);
            assertTrue(left - now <= LEASES_PER_TICK, left - now + " in one step");
            left = now;
            assertTrue(++steps <= 10 * (LEASES / LEASES_PER_TICK + 1), "they don't come back");
        }
        broker.pass(3_600_000);
        askStats();
        broker.run();
        assertEquals(LEASES, stat(BrokerStats.Field.READY));
    }

    @Test
    void shouldComeBackALittleAtATimeWhenTheConnectionCloses() {
        send(PutQueue.write(
                new FrameWriter(), 1, "q", QueuePolicyFields.NOTHING.with(PolicyField.DISCONNECT_GRACE, 0)));
        leaseAll();
        broker.router().closed(client);
        long left = LEASES;
        int steps = 0;
        while (left > 0) {
            broker.router()
                    .receive(
                            other,
                            Unpooled.wrappedBuffer(
                                    Stats.write(new FrameWriter(), 1).toBytes()));
            broker.step();
            long now = stat(other, BrokerStats.Field.ACTIVE);
            assertTrue(left - now <= LEASES_PER_DISCONNECT, left - now + " in one step");
            left = now;
            assertTrue(++steps <= 10 * (LEASES / LEASES_PER_DISCONNECT + 1), "they don't come back");
        }
        assertEquals(LEASES, stat(other, BrokerStats.Field.READY));
    }
}
