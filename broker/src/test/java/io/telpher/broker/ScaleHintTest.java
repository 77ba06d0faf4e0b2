package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.queue.PauseQueue;
import io.telpher.protocol.queue.Scale;
import io.telpher.protocol.queue.ScaleHint;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How many workers a queue needs, with the clock in the test's hands: 100 tasks came within 5 s, and 10 took 5 s each. */
class ScaleHintTest {
    private static final int DRAIN_MS = 60_000;

    private final BrokerInHand broker = new BrokerInHand();
    private final ClientInHand client = new ClientInHand(broker);

    @BeforeEach
    void work() {
        FrameWriter submits = new FrameWriter();
        for (int i = 0; i < 100; i++) {
            Submit.write(submits, 0, TaskSpec.type("t").queue("q"));
        }
        client.send(SubmitBatch.write(new FrameWriter(), 1, 100, submits.written()));
        Deliveries deliveries = new Deliveries().wrap(reserve(10), 0);
        broker.pass(5_000);
        Delivery delivery = deliveries.first();
        while (delivery.next()) {
            client.send(Ack.write(
                    new FrameWriter(), 1, delivery.taskId(), delivery.leaseId(), Result.NONE, ByteBuffer.allocate(0)));
        }
    }

    private ByteBuffer reserve(int max) {
        Reserve.Wants wants = new Reserve.Wants(max, 0, 0, "w");
        return client.send(Reserve.write(new FrameWriter(), 1, wants, List.of("q")));
    }

    private Scale hint(int slots) {
        return hint(slots, "q");
    }

    private Scale hint(int slots, String queue) {
        return new Scale().wrap(client.send(ScaleHint.write(new FrameWriter(), 1, slots, DRAIN_MS, queue)), 0);
    }

    @Test
    void shouldReckonWithWhatComesAndWhatWaits() {
        Scale hint = hint(1);
        assertEquals(20, hint.arrivalRate());
        assertEquals(5, hint.meanServiceSeconds());
        assertEquals(90, hint.ready());
        assertEquals(108, hint.workersNeeded(), "20 a second x 5 s + 90 x 5 s / 60 s = 107.5");
        assertEquals(27, hint(4).workersNeeded(), "workers that run four at once");
    }

    @Test
    void shouldSayWhenTheBacklogIsGoneWithThoseWhoWork() {
        assertEquals(450, hint(1).drainSeconds(), "nobody: as if one did");
        reserve(2);
        assertEquals(220, hint(1).drainSeconds());
    }

    @Test
    void shouldNotCountWhatIsPaused() {
        client.send(PauseQueue.write(new FrameWriter(), 1, "q", false));
        assertEquals(0, hint(1).ready());
        assertEquals(100, hint(1).workersNeeded(), "what comes still does");
    }

    @Test
    void shouldForgetWhatCameAMinuteAgoButNotHowLongATaskTakes() {
        broker.pass(70_000);
        Scale hint = hint(1);
        assertEquals(0, hint.arrivalRate());
        assertEquals(5, hint.meanServiceSeconds(), "of the last that ended");
        assertEquals(8, hint.workersNeeded(), "90 x 5 s / 60 s = 7.5");
        assertEquals(75, hint.oldestReadyAgeSeconds());
    }

    @Test
    void shouldWantAWorkerForTheFirstTaskOfAQueue() {
        client.send(Submit.write(new FrameWriter(), 1, TaskSpec.type("t").queue("new")));
        broker.pass(4_740_000);
        Scale hint = hint(4, "new");
        assertEquals(0, hint.meanServiceSeconds(), "nobody knows yet");
        assertEquals(1, hint.workersNeeded());
        client.send(PauseQueue.write(new FrameWriter(), 1, "new", false));
        assertEquals(0, hint(4, "new").workersNeeded(), "nobody could do anything");
    }

    @Test
    void shouldWantTheWorkersThatTasksRunOn() {
        reserve(90);
        broker.pass(20_000);
        assertEquals(0, hint(1).ready());
        assertEquals(90, hint(1).workersNeeded(), "whom a lower hint would end");
        assertEquals(23, hint(4).workersNeeded());
    }
}
