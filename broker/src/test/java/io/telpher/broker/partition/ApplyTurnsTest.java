package io.telpher.broker.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.task.Submit;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches that come all at once: how many of them are applied before anybody else is answered. */
class ApplyTurnsTest {
    private static final int BATCHES = 5;

    @TempDir
    Path directory;

    private final AgentInHand.Client client = new AgentInHand.Client(1);
    private long nanos;
    private long nanosALook;

    /** @return how many submits one duty cycle answered, of {@link #BATCHES} whose batches were released before it */
    private int answeredInOneCycle(long nanosEachLook) throws Exception {
        try (LeaderInHand leader = new LeaderInHand(directory, () -> nanos += nanosALook)) {
            for (int i = 1; i <= BATCHES; i++) {
                leader.leave(client, Submit.write(new FrameWriter(), i, TaskSpec.type("t")));
                leader.run();
            }
            assertEquals(BATCHES, leader.proposed.size());
            assertEquals(0, client.frames.size());
            while (!leader.proposed.isEmpty()) {
                leader.agreeOnNext();
            }
            nanosALook = nanosEachLook;
            leader.step();
            int answered = client.frames.size();
            leader.run();
            assertEquals(BATCHES, client.frames.size());
            return answered;
        }
    }

    @Test
    void shouldApplyAllThatIsQuick() throws Exception {
        assertEquals(BATCHES, answeredInOneCycle(0));
    }

    @Test
    void shouldAnswerOthersAfterABatchThatTookLong() throws Exception {
        assertEquals(1, answeredInOneCycle(TimeUnit.MILLISECONDS.toNanos(3)));
    }
}
