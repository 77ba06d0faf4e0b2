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
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches that come all at once: how many of them are applied before anybody else is answered. */
class ApplyTurnsTest {
    private static final int BATCHES = 5;

    @TempDir
    Path directory;

    private final Deque<ByteBuffer> proposed = new ArrayDeque<>();
    private final AgentInHand.Client client = new AgentInHand.Client(1);
    private long nanos;
    private long nanosALook;

    private final class Majority implements AgreedLog.Agreement {
        @Override
        public void propose(long mandate, ByteBuffer entry) {
            proposed.add(entry);
        }

        @Override
        public void prove(long mandate, long term, long number) {
            throw new AssertionError("nothing is read");
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

    /** @return how many submits a single duty cycle answered, of {@link #BATCHES} whose batches were released before it */
    private int answeredInOneCycle(long nanosEachLook) throws Exception {
        Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
        try (ChronicleJournal journal = Journals.open(
                new JournalOptions(directory, SyncPolicy.NONE, 16 << 20, () -> {}), new Recovery(partition))) {
            AgreedLog log = new AgreedLog(
                    0,
                    journal,
                    partition::term,
                    partition::semanticsVersion,
                    Partition::knowsSemantics,
                    new Majority(),
                    () -> {});
            PartitionAgent agent = new PartitionAgent(new Parts(
                    partition,
                    log,
                    journal,
                    new Parts.Time(() -> 1_000_000, null, () -> nanos += nanosALook, any -> {}),
                    Parts.Upkeep.NONE,
                    Parts.Room.own(),
                    Parts.Observers.of(failure -> {
                        throw new AssertionError(failure);
                    })));
            agent.follow(log, new Quiet());
            log.elected(1);
            long index = 0;
            for (int i = 0; i <= BATCHES; i++) {
                run(agent);
                if (i == 0) {
                    log.agreed(new AgreedLog.Place(1, ++index), proposed.remove());
                    run(agent);
                }
                if (i < BATCHES) {
                    byte[] frame = Submit.write(new FrameWriter(), i + 1, TaskSpec.type("t"))
                            .toBytes();
                    agent.receive(client, Unpooled.wrappedBuffer(frame));
                }
            }
            assertEquals(BATCHES, proposed.size());
            assertEquals(0, client.frames.size());
            nanosALook = nanosEachLook;
            while (!proposed.isEmpty()) {
                log.agreed(new AgreedLog.Place(1, ++index), proposed.remove());
            }
            agent.step();
            int answered = client.frames.size();
            run(agent);
            assertEquals(BATCHES, client.frames.size());
            return answered;
        }
    }

    private static void run(PartitionAgent agent) {
        while (agent.step() > 0) {
            // one duty cycle after the other
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
