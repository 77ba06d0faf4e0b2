package io.telpher.broker.partition;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.partition.intake.Intake;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.task.Submit;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A connection's small request doesn't wait for all the large ones that another connection sent before it. */
class LargeFramesTest {
    private static final int LARGE = 256 << 10;
    private static final int COUNT = 40;

    /** What one batch takes, and what was in the one before. */
    private static final int BEFORE_IT_MAX = 2 * (Intake.BATCH_BYTES / LARGE + 1);

    private static final int STEPS_MAX = 1_000;

    @TempDir
    Path directory;

    private static FrameWriter submit(int id, int payloadBytes) {
        return Submit.write(
                new FrameWriter(), id, TaskSpec.type("work").queue("work").payload(new byte[payloadBytes]));
    }

    @Test
    void shouldConfirmASmallOneAfterABatchOfLargeOnes() throws Exception {
        try (AgentInHand agent = new AgentInHand(directory)) {
            AgentInHand.Client large = new AgentInHand.Client(1);
            AgentInHand.Client small = new AgentInHand.Client(2);
            for (int i = 0; i < COUNT; i++) {
                agent.leave(large, submit(i, LARGE));
            }
            agent.leave(small, submit(1, 10));
            for (int i = 0; i < STEPS_MAX && small.frames.isEmpty(); i++) {
                agent.step();
            }
            int before = large.frames.size();
            agent.run();
            small.only();
            assertTrue(before <= BEFORE_IT_MAX, before + " large ones were confirmed before it");
            assertTrue(
                    large.frames.size() == COUNT, () -> large.frames.size() + " large ones were confirmed in the end");
        }
    }
}
