package io.telpher.broker.partition.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.core.state.Placement;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.task.Get;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RoutesTest {
    private static final int PARTITIONS = 2;
    private static final String HERE = "q0";
    private static final String ALSO_HERE = "q1";
    private static final String THERE = "q4";

    private final Routes routes = new Routes(PARTITIONS);
    private final int here = Placement.of(HERE, PARTITIONS);

    private int of(FrameWriter frame) {
        return routes.partitionOf(frame.written(), 0);
    }

    private static FrameWriter submits(String... queues) {
        FrameWriter frames = new FrameWriter();
        for (String queue : queues) {
            Submit.write(frames, 0, TaskSpec.type("t").queue(queue));
        }
        return frames;
    }

    @ParameterizedTest
    @EnumSource(MessageType.class)
    void shouldHaveARouteForEveryCommandAndQuery(MessageType type) {
        if (type.kind() == MessageType.Kind.COMMAND || type.kind() == MessageType.Kind.QUERY) {
            FrameWriter least = new FrameWriter().begin(type, 1).pad();
            for (int i = 0; i < type.varFields(); i++) {
                least.var(ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN));
            }
            int partition = of(least.end());
            assertTrue(partition >= Routes.SEVERAL && partition < PARTITIONS, () -> type + " leads to " + partition);
        }
    }

    @Test
    void shouldKnowWhereTheQueuesOfThisTestLive() {
        assertEquals(here, Placement.of(ALSO_HERE, PARTITIONS));
        assertEquals(1 - here, Placement.of(THERE, PARTITIONS));
    }

    @Test
    void shouldRouteABatchToItsPartitionOrToSeveral() {
        FrameWriter together = submits(HERE, ALSO_HERE);
        assertEquals(here, of(SubmitBatch.write(new FrameWriter(), 1, 2, together.written())));
        FrameWriter apart = submits(HERE, THERE);
        assertEquals(Routes.SEVERAL, of(SubmitBatch.write(new FrameWriter(), 1, 2, apart.written())));
    }

    @Test
    void shouldRouteAnAckByItsTaskAndItsFollowUps() {
        long id = TaskId.of(here, 7);
        assertEquals(
                here,
                of(Ack.write(
                        new FrameWriter(), 1, id, 9, Result.NONE, submits(HERE).written())));
        assertEquals(
                Routes.SEVERAL,
                of(Ack.write(
                        new FrameWriter(), 1, id, 9, Result.NONE, submits(THERE).written())));
    }

    @Test
    void shouldRouteAReserveByAllItsQueues() {
        Reserve.Wants wants = new Reserve.Wants(1, 0, 0, "w");
        assertEquals(1 - here, of(Reserve.write(new FrameWriter(), 1, wants, List.of(THERE))));
        assertEquals(Routes.SEVERAL, of(Reserve.write(new FrameWriter(), 1, wants, List.of(HERE, THERE))));
    }

    @Test
    void shouldLeaveIdsThatNoPartitionGaveToOneThatSaysSo() {
        assertEquals(0, of(Get.write(new FrameWriter(), 1, TaskId.of(9, 1), false)));
        assertEquals(0, of(Get.write(new FrameWriter(), 1, -1, false)));
    }
}
