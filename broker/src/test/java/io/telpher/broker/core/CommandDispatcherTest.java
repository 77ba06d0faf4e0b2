package io.telpher.broker.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.Relocate;
import io.telpher.protocol.record.Tick;
import io.telpher.protocol.task.Get;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Which records a partition takes. That each type which is journaled has a handler is checked whenever a partition is made. */
class CommandDispatcherTest {
    private static final long SESSION = 5;

    private final Partition partition = new Partition(Placement.alone(7), Outbox.DISCARD);

    private void apply(FrameWriter frame) {
        partition.onRecord(Cast.START_MS, SESSION, 0, 0, frame.written(), 0);
    }

    @Test
    void shouldStopAtARecordThatChangesNothing() {
        IllegalStateException stopped =
                assertThrows(IllegalStateException.class, () -> apply(Get.write(new FrameWriter(), 1, 1, false)));

        assertEquals("a record of type GET changes nothing and must not be journaled", stopped.getMessage());
    }

    @Test
    void shouldStopAtARecordOfOneMachineAmongThoseOfAll() {
        FrameWriter relocate =
                Relocate.write(new FrameWriter(), 0, 1, 0, Relocate.Part.SUBMIT, 0, ByteBuffer.allocate(0));

        IllegalStateException stopped = assertThrows(IllegalStateException.class, () -> apply(relocate));

        assertEquals("a record of type RELOCATE changes nothing and must not be journaled", stopped.getMessage());
    }

    @Test
    void shouldStopAtARecordOfAllAmongThoseOfOneMachine() {
        ByteBuffer tick = Tick.write(new FrameWriter(), 0, 1).written();

        IllegalStateException stopped =
                assertThrows(IllegalStateException.class, () -> partition.onLocalRecord(0, tick, 0));

        assertEquals("a record of type TICK must not be one machine's alone", stopped.getMessage());
    }
}
