package io.telpher.broker.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.queue.GetQueue;
import io.telpher.protocol.queue.PauseQueue;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.task.Submit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One of several machines that leads: what it answers from memory waits until it is certain that it led. */
class ProvenReadsTest {
    private static final String QUEUE = "reads";

    @TempDir
    Path directory;

    private final AgentInHand.Client client = new AgentInHand.Client(1);
    private LeaderInHand leader;

    @BeforeEach
    void lead() throws IOException, InterruptedException {
        leader = new LeaderInHand(directory, System::nanoTime);
        send(Submit.write(new FrameWriter(), 1, TaskSpec.type("first").queue(QUEUE)));
        assertEquals(MessageType.SUBMITTED.code(), Frame.typeCode(client.only(), 0));
        send(PauseQueue.write(new FrameWriter(), 1, QUEUE, true));
        assertEquals(MessageType.QUEUE.code(), Frame.typeCode(client.only(), 0));
        assertEquals(List.of(), leader.proofs); // commands need none
    }

    @AfterEach
    void close() throws IOException {
        leader.close();
    }

    private void send(FrameWriter frame) throws InterruptedException {
        leader.leave(client, frame);
        leader.settle();
    }

    private void ask() throws InterruptedException {
        send(GetQueue.write(new FrameWriter(), 2, QUEUE));
    }

    @Test
    @DisplayName("a question is answered when a proof that was begun after it came is there")
    void waitsForItsProof() throws InterruptedException {
        ask();
        assertEquals(1, leader.proofs.size());
        ask();
        assertEquals(List.of(), client.frames);
        leader.log.proven(leader.proofs.get(0));
        leader.run();
        assertEquals(MessageType.QUEUE.code(), Frame.typeCode(client.only(), 0));
        assertEquals(2, leader.proofs.size());
        leader.log.proven(leader.proofs.get(1));
        leader.run();
        assertEquals(MessageType.QUEUE.code(), Frame.typeCode(client.only(), 0));
    }

    @Test
    @DisplayName("a submit is refused for what a queue is only when that is certain to be so")
    void refusalsWait() throws InterruptedException {
        send(Submit.write(new FrameWriter(), 3, TaskSpec.type("any").queue(QUEUE)));
        assertEquals(List.of(), client.frames);
        leader.log.proven(leader.proofs.get(0));
        leader.run();
        ErrorReply refusal = new ErrorReply().wrap(client.only(), 0);
        assertEquals(ErrorCode.QUEUE_PAUSED, refusal.code());
        assertEquals(3, refusal.requestId());
    }

    @Test
    @DisplayName("who leads no more answers nothing that waited, also when the proof comes then")
    void deposedAnswersNothing() throws InterruptedException {
        ask();
        leader.log.deposed();
        leader.run();
        leader.log.proven(leader.proofs.get(0));
        leader.run();
        assertEquals(List.of(), client.frames);
    }
}
