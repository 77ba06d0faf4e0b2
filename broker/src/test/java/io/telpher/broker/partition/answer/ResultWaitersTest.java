package io.telpher.broker.partition.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.partition.AgentInHand;
import io.telpher.broker.partition.time.BrokerClock;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.task.Cancel;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.Submitted;
import io.telpher.protocol.task.WaitFor;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A WAIT is answered once, and by its connection's end at the latest it is over. */
class ResultWaitersTest {
    private static final int WAIT_MS = 10_000;

    @TempDir
    Path directory;

    private final AgentInHand.Client waiting = new AgentInHand.Client(1L << 32);
    private final AgentInHand.Client producer = new AgentInHand.Client(2L << 32);
    private AgentInHand agent;

    @BeforeEach
    void start() throws IOException {
        agent = new AgentInHand(directory);
    }

    @AfterEach
    void stop() throws IOException {
        agent.close();
    }

    private long submit() {
        agent.send(
                producer, Submit.write(new FrameWriter(), 1, TaskSpec.type("t").payload("p")));
        return new Submitted().wrap(producer.only(), 0).taskId();
    }

    private void waitFor(long taskId, int requestId) {
        agent.send(waiting, WaitFor.write(new FrameWriter(), requestId, taskId, WAIT_MS));
        assertTrue(waiting.frames.isEmpty());
    }

    private void cancel(long taskId) {
        agent.send(producer, Cancel.write(new FrameWriter(), 1, taskId));
        producer.frames.clear();
    }

    @Test
    void shouldBeAnsweredOnceWhenTheTaskIsFinal() {
        long taskId = submit();
        waitFor(taskId, 2);
        cancel(taskId);
        assertEquals(2, Frame.requestId(waiting.only(), 0));
        agent.pass(2 * WAIT_MS);
        assertTrue(waiting.frames.isEmpty(), "answered before");
        assertEquals(0, waiting.parked());
    }

    @Test
    void shouldBeAnsweredOnceWhenItsTimeIsUp() {
        long taskId = submit();
        waitFor(taskId, 2);
        agent.pass(WAIT_MS);
        assertTrue(waiting.frames.isEmpty(), "a part of a millisecond may be left");
        agent.pass(BrokerClock.ROUNDING_MS);
        assertEquals(2, Frame.requestId(waiting.only(), 0));
        cancel(taskId);
        assertTrue(waiting.frames.isEmpty(), "answered before");
        assertEquals(0, waiting.parked());
    }

    @Test
    void shouldEndWithItsConnection() {
        long taskId = submit();
        waitFor(taskId, 2);
        waitFor(taskId, 3);
        assertEquals(2, waiting.parked());
        agent.close(waiting);
        assertEquals(0, waiting.parked(), "nothing is kept for who is gone");
        cancel(taskId);
        agent.pass(WAIT_MS);
        assertTrue(waiting.frames.isEmpty());
    }
}
