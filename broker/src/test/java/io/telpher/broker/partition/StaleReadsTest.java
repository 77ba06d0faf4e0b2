package io.telpher.broker.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.telpher.broker.partition.session.Rights;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.admin.Workers;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.queue.GetQueue;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.task.Get;
import io.telpher.protocol.task.ListTasks;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.Submitted;
import io.telpher.protocol.task.Task;
import io.telpher.protocol.task.Tasks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a machine answers from the state that it has applied, whether it leads or not. */
class StaleReadsTest {
    private static final String QUEUE = "reads";
    /** Of a duty cycle. */
    private static final int ANSWERS = 512;
    /** Of all that may be under way, a quarter. */
    private static final int SHARE = 1_024;

    private static final int TASKS = 200;

    @TempDir
    Path directory;

    private final AgentInHand.Client client = new AgentInHand.Client(1);
    private final List<ByteBuffer> entries = new ArrayList<>();
    private long taskId;
    private long nanos;
    private long nanosALook;
    private LeaderInHand leader;
    private LeaderInHand follower;

    @BeforeEach
    void begin() throws IOException, InterruptedException {
        leader = LeaderInHand.following(Files.createDirectory(directory.resolve("leads")), this::nanoTime);
        leader.log.elected(1);
        leader.run();
        agreeOnAll();
        follower = LeaderInHand.following(Files.createDirectory(directory.resolve("follows")), this::nanoTime);
    }

    @AfterEach
    void close() throws IOException {
        leader.close();
        follower.close();
    }

    private long nanoTime() {
        nanos += nanosALook;
        return nanos;
    }

    /** The first task, which both know; the follower has it from the log. */
    private void submit(String payload) throws InterruptedException {
        leader.leave(
                client,
                Submit.write(
                        new FrameWriter(), 1, TaskSpec.type("t").queue(QUEUE).payload(payload)));
        leader.run();
        agreeOnAll();
        taskId = new Submitted().wrap(client.only(), 0).taskId();
    }

    private void agreeOnAll() throws InterruptedException {
        while (!leader.proposed.isEmpty()) {
            entries.add(leader.proposed.peek().duplicate());
            leader.agreeOnNext();
            leader.run();
        }
    }

    private void follow() throws InterruptedException {
        for (ByteBuffer entry : entries) {
            follower.agreed(entry.duplicate());
        }
        entries.clear();
        follower.run();
    }

    private FrameWriter get() {
        return Get.write(new FrameWriter(), 7, taskId, true);
    }

    private static FrameWriter list() {
        return ListTasks.write(new FrameWriter(), 8, 0, TASKS, 0, QUEUE, "");
    }

    @Test
    @DisplayName("a machine that never led answers with what it has applied, payloads from its own journal")
    void followerAnswers() throws Exception {
        submit("\"hello\"");
        assertNull(follower.askStale(client, get()));
        follower.run();
        assertEquals(
                ErrorCode.TASK_NOT_FOUND,
                new ErrorReply().wrap(client.only(), 0).code());
        follow();
        assertEquals(leader.appliedSequence(), follower.appliedSequence());
        assertNull(follower.askStale(client, get()));
        follower.run();
        Task task = new Task().wrap(client.only(), 0);
        assertEquals(7, task.requestId());
        assertEquals(TaskState.READY, task.view().state);
        assertNull(follower.askStale(client, GetQueue.write(new FrameWriter(), 2, QUEUE)));
        assertNull(follower.askStale(client, list()));
        follower.run();
        assertEquals(MessageType.QUEUE.code(), Frame.typeCode(client.frames.remove(0), 0));
        assertEquals(1, new Tasks().wrap(client.only(), 0).count());
        assertEquals(List.of(), follower.proofs);
    }

    @Test
    @DisplayName("the one that leads answers it without proof that it does")
    void leaderNeedsNoProof() throws Exception {
        submit("1");
        leader.leave(client, get());
        leader.run();
        assertEquals(1, leader.proofs.size());
        assertEquals(List.of(), client.frames);
        assertNull(leader.askStale(client, get()));
        leader.run();
        assertEquals(MessageType.TASK.code(), Frame.typeCode(client.only(), 0));
        assertEquals(1, leader.proofs.size());
    }

    @Test
    @DisplayName("many questions are answered in several duty cycles, and each applies first")
    void boundedPerCycle() throws Exception {
        submit("1");
        follow();
        for (int i = 0; i <= ANSWERS; i++) {
            assertNull(follower.askStale(client, get()));
        }
        long before = follower.appliedSequence();
        leader.leave(
                client, Submit.write(new FrameWriter(), 1, TaskSpec.type("t").queue(QUEUE)));
        leader.run();
        agreeOnAll();
        client.frames.clear();
        for (ByteBuffer entry : entries) {
            follower.agreed(entry);
        }
        follower.step();
        assertEquals(before + 1, follower.appliedSequence());
        assertEquals(ANSWERS, client.frames.size());
        follower.step();
        assertEquals(ANSWERS + 1, client.frames.size());
    }

    @Test
    @DisplayName(
            "a long answer gets a piece of a duty cycle, and ends also when the machine begins or ceases to lead meanwhile")
    void outlivesALeadership() throws Exception {
        submit("1");
        for (int i = 1; i < TASKS; i++) {
            leader.leave(
                    client,
                    Submit.write(new FrameWriter(), 1, TaskSpec.type("t").queue(QUEUE)));
        }
        leader.run();
        agreeOnAll();
        client.frames.clear();
        follow();
        nanosALook = TimeUnit.MILLISECONDS.toNanos(3);
        assertNull(leader.askStale(client, list()));
        leader.step();
        assertEquals(List.of(), client.frames);
        leader.log.deposed();
        leader.run();
        assertEquals(TASKS, new Tasks().wrap(client.only(), 0).count());

        assertNull(follower.askStale(client, list()));
        follower.step();
        assertEquals(List.of(), client.frames);
        follower.log.elected(2);
        follower.settle();
        assertEquals(TASKS, new Tasks().wrap(client.only(), 0).count());
    }

    @Test
    @DisplayName("one principal has a share of them, which it gets back with each answer, or when it is gone")
    void hasAShare() throws Exception {
        submit("1");
        follow();
        for (int i = 0; i < SHARE; i++) {
            assertNull(follower.askStale(client, list()));
        }
        Problem tooMany = follower.askStale(client, get());
        assertNotNull(tooMany);
        assertEquals(ErrorCode.OVERLOADED, tooMany.code());
        client.isOpen = false;
        follower.run();
        assertEquals(List.of(), client.frames);
        client.isOpen = true;
        assertNull(follower.askStale(client, get()));
        follower.run();
        assertEquals(MessageType.TASK.code(), Frame.typeCode(client.only(), 0));
    }

    @Test
    @DisplayName("what only a leadership has is refused")
    void refusesWhatItHasNot() {
        Problem refused = follower.askStale(client, Workers.write(new FrameWriter(), 3, 10));
        assertNotNull(refused);
        assertEquals(ErrorCode.BAD_REQUEST, refused.code());
    }

    @Test
    @DisplayName("a task of a queue that the asker may not read is refused, as its leader would")
    void judgesRights() throws Exception {
        submit("1");
        follow();
        client.grant(Rights.NONE);
        assertNull(follower.askStale(client, get()));
        assertNull(follower.askStale(client, list()));
        follower.run();
        assertEquals(
                ErrorCode.FORBIDDEN,
                new ErrorReply().wrap(client.frames.remove(0), 0).code());
        assertEquals(
                ErrorCode.FORBIDDEN, new ErrorReply().wrap(client.only(), 0).code());
    }
}
