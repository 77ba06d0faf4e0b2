package io.telpher.broker.partition.intake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.journal.ChronicleJournal;
import io.telpher.broker.journal.JournalOptions;
import io.telpher.broker.journal.Journals;
import io.telpher.broker.journal.SyncPolicy;
import io.telpher.broker.partition.DutyCycle;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.TestSession;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.task.Submit;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which thread does a small request's work: the one that received it when the partition's rests, else the partition's. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class TurnsTest {
    @TempDir
    Path directory;

    private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
    private final BlockingQueue<Answered> answering = new LinkedBlockingQueue<>();

    /** Whose stack is looked at. */
    private volatile @Nullable PartitionAgent asked;

    private record Answered(Thread thread, List<StackTraceElement> stack) {}

    private class Client extends TestSession {
        private final boolean fails;

        Client(boolean fails) {
            super(1);
            this.fails = fails;
        }

        @Override
        public void send(ByteBuf replies) {
            replies.release();
            PartitionAgent agent = asked;
            answering.add(new Answered(Thread.currentThread(), agent == null ? List.of() : List.of(agent.stack())));
            if (fails) {
                throw new IllegalStateException("a broken invariant");
            }
        }
    }

    /** What is done with a partition that has its own thread. */
    private interface Use {
        void of(PartitionAgent agent) throws Exception;
    }

    private void with(Use use) throws Exception {
        Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
        try (ChronicleJournal journal = Journals.open(
                new JournalOptions(directory, SyncPolicy.NONE, 16 << 20, () -> {}), new Recovery(partition))) {
            PartitionAgent agent = new PartitionAgent(new Parts(
                    partition,
                    journal,
                    journal,
                    Parts.Time.of(() -> 1_000_000, LockSupport::parkNanos),
                    Parts.Upkeep.NONE,
                    Parts.Room.own(),
                    Parts.Observers.of(failure::complete)));
            agent.lead(NewTerm.write(new FrameWriter(), 0, journal.epoch(), Recovery.SEMANTICS_VERSION));
            agent.start();
            awaitRest(agent);
            use.of(agent);
            agent.stop();
        }
    }

    private static void awaitRest(PartitionAgent agent) {
        while (agent.cycle().step() != DutyCycle.Step.REST) {
            Thread.onSpinWait();
        }
    }

    private static ByteBuf submit(int payloadBytes) {
        TaskSpec task = TaskSpec.type("mail").payload(new byte[payloadBytes]);
        return Unpooled.wrappedBuffer(Submit.write(new FrameWriter(), 1, task).toBytes());
    }

    @Test
    void shouldBeDoneByTheReceiverWhileTheOwnThreadRests() throws Exception {
        with(agent -> {
            // It has to rest for that, and may have come round a moment ago.
            do {
                awaitRest(agent);
                agent.leave(new Client(false), submit(2048));
                agent.turn();
            } while (!answering.take().thread().equals(Thread.currentThread()));
        });
    }

    @Test
    void shouldBeDoneByTheOwnThreadWhenItIsMuch() throws Exception {
        with(agent -> {
            agent.leave(new Client(false), submit(100_000));
            agent.turn();
            assertNotEquals(Thread.currentThread(), answering.take().thread());
        });
    }

    /** It has other clients to serve. */
    @Test
    void shouldLeaveToTheOwnThreadWhatComesMeanwhileWhenThatIsMuch() throws Exception {
        with(agent -> {
            Client many = new Client(false);
            Client small = new Client(false) {
                @Override
                public void send(ByteBuf replies) {
                    agent.leave(many, submit(100_000));
                    super.send(replies);
                }
            };
            Thread first;
            do {
                awaitRest(agent);
                agent.leave(small, submit(10));
                agent.turn();
                first = answering.take().thread();
                assertNotEquals(Thread.currentThread(), answering.take().thread());
            } while (!first.equals(Thread.currentThread()));
        });
    }

    @Test
    void shouldEndThePartitionWhenTheReceiverFails() throws Exception {
        with(agent -> {
            agent.leave(new Client(true), submit(10));
            agent.turn();
            assertEquals("a broken invariant", failure.get().getMessage());
        });
    }

    @Test
    void shouldShowWhereTheReceiverIs() throws Exception {
        with(agent -> {
            asked = agent;
            agent.leave(new Client(false), submit(10));
            agent.turn();
            List<StackTraceElement> stack = answering.take().stack();
            assertTrue(stack.stream().anyMatch(at -> at.getMethodName().equals("send")), stack::toString);
        });
    }
}
