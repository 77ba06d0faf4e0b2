package io.telpher.broker.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.journal.ChronicleJournal;
import io.telpher.broker.journal.JournalOptions;
import io.telpher.broker.journal.Journals;
import io.telpher.broker.journal.MemoryJournal;
import io.telpher.broker.journal.SyncPolicy;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.broker.partition.snapshot.SnapshotPlan;
import io.telpher.broker.partition.snapshot.SnapshotPolicy;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node that only follows is stopped: no leader's record comes any more that would say what time it is. */
@Timeout(60)
class FollowerStopTest {
    private static final long BEGINNING_MS = 1_000;
    private static final long DELAY_MS = 5;

    @TempDir
    Path directory;

    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

    /** What a leader would propose: a task with a delay, and another one at this time. */
    private static ByteBuffer proposed(long lastMs) throws InterruptedException {
        List<ByteBuffer> entries = new ArrayList<>();
        AgreedLog leader = new AgreedLog(
                0,
                new MemoryJournal(),
                () -> 0,
                () -> Recovery.SEMANTICS_VERSION,
                Partition::knowsSemantics,
                new AgreedLog.Agreement() {
                    @Override
                    public void propose(long mandate, ByteBuffer entry) {
                        entries.add(entry);
                    }

                    @Override
                    public void resign() {
                        throw new IllegalStateException("it has no reason to");
                    }

                    @Override
                    public void prove(long mandate, long term, long number) {
                        throw new IllegalStateException("nothing is read");
                    }
                },
                () -> {});
        leader.elected(1);
        leader.poll(record -> {}, 1);
        long epoch = leader.lead();
        Batch batch = leader.newBatch();
        FrameWriter term = NewTerm.write(new FrameWriter(), 0, epoch, Recovery.SEMANTICS_VERSION, 0, 1, 1, 1_000);
        batch.add(BEGINNING_MS, 0, term.written(), true);
        FrameWriter delayed = new FrameWriter();
        Submit.write(delayed, 1, TaskSpec.type("t").queue("q").delayMs(DELAY_MS));
        batch.add(BEGINNING_MS, 1, delayed.written(), true);
        FrameWriter last = new FrameWriter();
        Submit.write(last, 2, TaskSpec.type("t").queue("q"));
        batch.add(lastMs, 1, last.written(), true);
        leader.append(batch);
        return entries.get(0);
    }

    /** Returns up to which record there is a snapshot when it has stopped. */
    private long stopAfter(ByteBuffer entry) throws Exception {
        Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
        SnapshotStore store = new SnapshotStore(directory, Placement.alone(0));
        AtomicReference<PartitionAgent> woken = new AtomicReference<>();
        Runnable wakeUp = () -> {
            PartitionAgent made = woken.get();
            if (made != null) {
                made.journalAdvanced();
            }
        };
        try (ChronicleJournal journal = Journals.open(
                new JournalOptions(directory, SyncPolicy.NONE, 16 << 20, wakeUp), new Recovery(partition))) {
            AgreedLog log = new AgreedLog(
                    0,
                    journal,
                    partition::term,
                    partition::semanticsVersion,
                    Partition::knowsSemantics,
                    new AgreedLog.Agreement() {
                        @Override
                        public void propose(long mandate, ByteBuffer proposal) {
                            throw new IllegalStateException("it never leads");
                        }

                        @Override
                        public void resign() {
                            throw new IllegalStateException("it never leads");
                        }

                        @Override
                        public void prove(long mandate, long term, long number) {
                            throw new IllegalStateException("it never leads");
                        }
                    },
                    wakeUp);
            PartitionAgent agent = new PartitionAgent(new Parts(
                    partition,
                    log,
                    journal,
                    Parts.Time.of(() -> BEGINNING_MS, LockSupport::parkNanos),
                    new Parts.Upkeep(new SnapshotPlan(store, SnapshotPolicy.DEFAULT, 0, wakeUp), null, null, null),
                    Parts.Room.own(),
                    Parts.Observers.of(failures::add)));
            woken.set(agent);
            agent.follow(log, new Follower());
            agent.start();
            log.agreed(new AgreedLog.Place(1, 0), entry);
            while (journal.releasedSequence() < 3 && failures.isEmpty()) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
            agent.stop();
            assertEquals(List.of(), List.copyOf(failures));
            assertEquals(3, journal.releasedSequence());
            return store.newestSequence();
        }
    }

    private static final class Follower implements Roles {
        @Override
        public List<FrameWriter> begins(long epoch) {
            throw new IllegalStateException("it never leads");
        }

        @Override
        public void leads(long epoch) {
            throw new IllegalStateException("it never leads");
        }

        @Override
        public void retires() {
            throw new IllegalStateException("it never leads");
        }

        @Override
        public void covered(AgreedLog.Place place, long sequence) {
            assertTrue(place.index() <= 0, place::toString);
        }
    }

    @Test
    @DisplayName(
            "what is due and was not said to be keeps it from no end; the next start goes on from an earlier snapshot")
    void stopsWhileSomethingIsDue() throws Exception {
        assertEquals(0, stopAfter(proposed(BEGINNING_MS + 10 * DELAY_MS)));
    }

    @Test
    @DisplayName("otherwise its last snapshot covers all that it has")
    void endsWithASnapshot() throws Exception {
        assertEquals(3, stopAfter(proposed(BEGINNING_MS)));
    }
}
