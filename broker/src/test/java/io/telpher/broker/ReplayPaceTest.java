package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.admin.Stats;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A replay at a rate, with the clock in the test's hands. */
class ReplayPaceTest {
    private static final int DEAD = 100;
    private static final int A_SECOND = 10;

    private final BrokerInHand broker = new BrokerInHand();
    private final ClientInHand client = new ClientInHand(broker);

    private long replayed() {
        return new BrokerStats()
                .wrap(client.send(Stats.write(new FrameWriter(), 1)), 0)
                .get(BrokerStats.Field.READY);
    }

    @BeforeEach
    void bury() {
        FrameWriter submits = new FrameWriter();
        for (int i = 0; i < DEAD; i++) {
            Submit.write(submits, 0, TaskSpec.type("t").queue("q"));
        }
        client.send(SubmitBatch.write(new FrameWriter(), 1, DEAD, submits.written()));
        Reserve.Wants all = new Reserve.Wants(DEAD, 0, 0, "w");
        Delivery delivery = new Deliveries()
                .wrap(client.send(Reserve.write(new FrameWriter(), 1, all, List.of("q"))), 0)
                .first();
        while (delivery.next()) {
            client.send(Nack.write(new FrameWriter(), 1, delivery.taskId(), delivery.leaseId(), -1, true, "never"));
        }
        DlqReplay.Options paced = new DlqReplay.Options(0, A_SECOND, false);
        client.send(DlqReplay.write(new FrameWriter(), 1, paced, DlqFilter.ANY, new long[0], DlqReplay.Patch.NONE));
    }

    @Test
    void shouldReplayAsManyASecondAsWereAskedFor() {
        assertEquals(1, replayed());
        for (int second = 1; second <= 3; second++) {
            for (int i = 0; i < A_SECOND; i++) {
                broker.pass(1000 / A_SECOND);
            }
            assertEquals(1 + second * A_SECOND, replayed());
        }
    }

    @Test
    void shouldNotMakeGoodMoreThanASecondOfAStall() {
        assertEquals(1, replayed());
        broker.pass(60_000);
        assertEquals(1 + A_SECOND + 1, replayed());
        broker.pass(1000 / A_SECOND);
        assertEquals(1 + A_SECOND + 2, replayed());
    }
}
