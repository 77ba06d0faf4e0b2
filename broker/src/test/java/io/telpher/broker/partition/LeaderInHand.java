package io.telpher.broker.partition;

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
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.NewTerm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A partition that one of several machines leads, or follows, without threads and without the others: what they agree on, and when, is the test's. */
final class LeaderInHand implements AutoCloseable {
    /** What is not agreed on yet. */
    final Deque<ByteBuffer> proposed = new ArrayDeque<>();

    /** The proofs that were asked for. */
    final List<Long> proofs = new ArrayList<>();

    final AgreedLog log;
    private final ChronicleJournal journal;
    private final PartitionAgent agent;
    private long index;

    /** @param nanoTime by which the agent sees how long something takes */
    LeaderInHand(Path directory, LongSupplier nanoTime) throws IOException, InterruptedException {
        this(nanoTime, directory);
        log.elected(1);
        settle();
    }

    /** Of a machine that no other one knows as the leader. */
    static LeaderInHand following(Path directory, LongSupplier nanoTime) throws IOException {
        return new LeaderInHand(nanoTime, directory);
    }

    private LeaderInHand(LongSupplier nanoTime, Path directory) throws IOException {
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
                new Parts.Time(() -> 1_000_000, null, nanoTime, nanos -> {}),
                Parts.Upkeep.NONE,
                Parts.Room.own(),
                Parts.Observers.of(failure -> {
                    throw new AssertionError(failure);
                })));
        agent.follow(log, new Quiet());
    }

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

    /** Until nothing is proposed any more: all of it is agreed on, one after the other. */
    void settle() throws InterruptedException {
        run();
        while (!proposed.isEmpty()) {
            agreeOnNext();
            run();
        }
    }

    /** What was proposed first; the next step sees it. */
    void agreeOnNext() throws InterruptedException {
        agreed(proposed.remove());
    }

    /** This one, of any machine; the next step sees it. */
    void agreed(ByteBuffer entry) throws InterruptedException {
        log.agreed(new AgreedLog.Place(1, ++index), entry);
    }

    /** One duty cycle after the other, as the thread does that rests for up to a second after one without work. */
    void run() {
        while (step() > 0) {
            // the next
        }
    }

    /** One duty cycle; 0 = there was nothing to do. */
    int step() {
        return agent.step();
    }

    /** For the next step. */
    void leave(AgentInHand.Client client, FrameWriter frame) {
        agent.receive(client, Unpooled.wrappedBuffer(frame.toBytes()));
    }

    /** For the next step, which answers it whoever leads; returns why it is not taken. */
    @Nullable
    Problem askStale(AgentInHand.Client client, FrameWriter frame) {
        return agent.receiveStale(client, Unpooled.wrappedBuffer(frame.toBytes()));
    }

    long appliedSequence() {
        return agent.appliedSequence();
    }

    @Override
    public void close() throws IOException {
        journal.close();
    }
}
