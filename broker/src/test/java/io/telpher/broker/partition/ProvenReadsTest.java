package io.telpher.broker.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.Unpooled;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.ChronicleJournal;
import io.telpher.broker.journal.JournalOptions;
import io.telpher.broker.journal.Journals;
import io.telpher.broker.journal.SyncPolicy;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.queue.GetQueue;
import io.telpher.protocol.queue.PauseQueue;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.task.Submit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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

    private final Deque<ByteBuffer> proposed = new ArrayDeque<>();
    private final List<Long> proofs = new ArrayList<>();
    private final AgentInHand.Client client = new AgentInHand.Client(1);
    private ChronicleJournal journal;
    private AgreedLog log;
    private PartitionAgent agent;
    private long index;

    private final class Majority implements AgreedLog.Agreement {
        @Override
        public void propose(long mandate, ByteBuffer entry) {
            proposed.add(entry);
        }

        @Override
        public void prove(long mandate, long term, long number) {
            proofs.add(number);
        }

        @Override
        public void resign() {
            throw new AssertionError("nothing was lost");
        }
    }

    private static final class Quiet implements Roles {
        @Override
        public List<FrameWriter> begins(long epoch) {
            return List.of(NewTerm.write(new FrameWriter(), 0, epoch, Recovery.SEMANTICS_VERSION));
        }

        @Override
        public void leads(long epoch) {
            // No doors to open.
        }

        @Override
        public void retires() {
            // No doors to close.
        }

        @Override
        public void covered(AgreedLog.Place place, long sequence) {
            throw new AssertionError("no snapshots are taken");
        }
    }

    @BeforeEach
    void lead() throws IOException, InterruptedException {
        Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
        journal = Journals.open(
                new JournalOptions(directory, SyncPolicy.NONE, 16 << 20, () -> {}), new Recovery(partition));
        log = new AgreedLog(
                0,
                journal,
                partition::term,
                partition::semanticsVersion,
                Partition::knowsSemantics,
                new Majority(),
                () -> {});
        agent = new PartitionAgent(new Parts(
                partition,
                log,
                journal,
                Parts.Time.of(() -> 1_000_000, nanos -> {}),
                Parts.Upkeep.NONE,
                Parts.Room.own(),
                Parts.Observers.of(failure -> {
                    throw new AssertionError(failure);
                })));
        agent.follow(log, new Quiet());
        log.elected(1);
        agree();
        send(Submit.write(new FrameWriter(), 1, TaskSpec.type("first").queue(QUEUE)));
        assertEquals(MessageType.SUBMITTED.code(), Frame.typeCode(client.only(), 0));
        send(PauseQueue.write(new FrameWriter(), 1, QUEUE, true));
        assertEquals(MessageType.QUEUE.code(), Frame.typeCode(client.only(), 0));
        assertEquals(List.of(), proofs); // commands need none
    }

    @AfterEach
    void close() throws IOException {
        journal.close();
    }

    private void agree() throws InterruptedException {
        run();
        while (!proposed.isEmpty()) {
            log.agreed(new AgreedLog.Place(1, ++index), proposed.remove());
            run();
        }
    }

    private void run() {
        while (agent.step() > 0) {
            // one duty cycle after the other, as the thread does that rests for up to a second after one without work
        }
    }

    private void send(FrameWriter frame) throws InterruptedException {
        agent.receive(client, Unpooled.wrappedBuffer(frame.toBytes()));
        agree();
    }

    private void ask() throws InterruptedException {
        send(GetQueue.write(new FrameWriter(), 2, QUEUE));
    }

    @Test
    @DisplayName("a question is answered when a proof that was begun after it came is there")
    void waitsForItsProof() throws InterruptedException {
        ask();
        assertEquals(1, proofs.size());
        ask();
        assertEquals(List.of(), client.frames);
        log.proven(proofs.get(0));
        run();
        assertEquals(MessageType.QUEUE.code(), Frame.typeCode(client.only(), 0));
        assertEquals(2, proofs.size());
        log.proven(proofs.get(1));
        run();
        assertEquals(MessageType.QUEUE.code(), Frame.typeCode(client.only(), 0));
    }

    @Test
    @DisplayName("a submit is refused for what a queue is only when that is certain to be so")
    void refusalsWait() throws InterruptedException {
        send(Submit.write(new FrameWriter(), 3, TaskSpec.type("any").queue(QUEUE)));
        assertEquals(List.of(), client.frames);
        log.proven(proofs.get(0));
        run();
        ErrorReply refusal = new ErrorReply().wrap(client.only(), 0);
        assertEquals(ErrorCode.QUEUE_PAUSED, refusal.code());
        assertEquals(3, refusal.requestId());
    }

    @Test
    @DisplayName("who leads no more answers nothing that waited, also when the proof comes then")
    void deposedAnswersNothing() throws InterruptedException {
        ask();
        log.deposed();
        run();
        log.proven(proofs.get(0));
        run();
        assertEquals(List.of(), client.frames);
    }
}
