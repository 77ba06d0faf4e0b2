package io.telpher.broker.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.image.SnapshotCopy;
import io.telpher.broker.core.image.StateHashCopy;
import io.telpher.broker.core.snapshot.DamagedSnapshotException;
import io.telpher.broker.core.state.Audit;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.Placement;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.QueueMaker;
import io.telpher.protocol.task.Submit;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots copied, and hashes reckoned, bit by bit while random commands go on: each is of the state of the moment it was begun. */
class SnapshotSimulationTest {
    private static final int STEPS = 4000;
    private static final int PARTITION = 3;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void shouldGoOnFromASnapshotAsIfNothingHadHappened(long seed) {
        new Run(seed).run();
    }

    /** {@code -Dsimulation.seeds=1000 -Dsimulation.from=100} looks further. */
    @Test
    void shouldGoOnFromSnapshotsOfMoreSeedsWhenAskedTo() {
        long from = Long.getLong("simulation.from", 1000);
        long seeds = Long.getLong("simulation.seeds", 3);
        for (long seed = from; seed < from + seeds; seed++) {
            new Run(seed).run();
        }
    }

    /** One partition that is copied again and again, and beside it the one that was loaded from the last copy. */
    private static final class Run {
        private final long seed;
        private final Random random;
        private final Model model = new Model();
        private final ReplyDigest replies = new ReplyDigest();
        private final ReplyDigest loadedReplies = new ReplyDigest();
        private final TestJournal journal = new TestJournal();
        private final Partition partition = new Partition(Placement.alone(PARTITION), model);
        private final RandomLoad load;
        private long nowMs = Cast.START_MS;
        private @Nullable Partition loaded;
        private @Nullable SnapshotCopy copy;
        private SnapshotInMemory snapshot = new SnapshotInMemory();
        private long hashAtBegin;
        private int sizeAtBegin;
        private int taken;
        private @Nullable StateHashCopy hash;
        private int hashed;

        Run(long seed) {
            this.seed = seed;
            this.random = new Random(seed * 31);
            this.load = new RandomLoad(seed, model);
        }

        void run() {
            for (int i = 0; i < STEPS; i++) {
                nowMs += load.pauseMs();
                while (partition.nextDeadlineMs() <= nowMs && !load.skipsTick()) {
                    journal.apply(partition, nowMs, 0, load.tick());
                }
                RandomLoad.Step step = load.next();
                journal.apply(partition, nowMs, step.session(), step.frame());
                model.replayed(partition);
                goOn();
            }
            assertTrue(taken > 15, "seed " + seed + ": only " + taken + " snapshots");
            assertTrue(hashed > 15, "seed " + seed + ": only " + hashed + " hashes");
            compareReplies();
        }

        private void goOn() {
            StateHashCopy reckoned = hash;
            if (reckoned != null) {
                goOn(reckoned);
            } else if (copy == null && random.nextInt(8) == 0) {
                hashAtBegin = partition.stateHash();
                hash = partition.beginStateHash();
            } else if (copy == null && partition.isSettled() && random.nextInt(5) == 0) {
                snapshot = new SnapshotInMemory();
                hashAtBegin = partition.stateHash();
                sizeAtBegin = journal.size();
                copy = partition.beginSnapshot(snapshot);
            } else if (copy != null && random.nextInt(200) == 0) {
                copy.abandon();
                copy = null;
            } else if (copy != null && random.nextInt(3) == 0 && copy.step(1 + random.nextInt(20))) {
                copy = null;
                taken++;
                check();
            }
        }

        private void goOn(StateHashCopy reckoned) {
            if (random.nextInt(100) == 0) {
                reckoned.abandon();
                hash = null;
            } else if (random.nextInt(3) == 0 && reckoned.step(1 + random.nextInt(4))) {
                hash = null;
                hashed++;
                assertEquals(hashAtBegin, reckoned.value(), "seed " + seed + " hash " + hashed);
            }
        }

        private void check() {
            Partition fresh = snapshot.load(PARTITION, Outbox.DISCARD);
            assertEquals(hashAtBegin, fresh.stateHash(), "seed " + seed + " snapshot " + taken);
            new Audit(fresh.state()).check();
            journal.replay(fresh, sizeAtBegin);
            new Audit(fresh.state()).check();
            assertEquals(partition.stateHash(), fresh.stateHash(), "seed " + seed + ": after the tail of " + taken);
            assertEquals(partition.counts(), fresh.counts());
            assertEquals(partition.nextDeadlineMs(), fresh.nextDeadlineMs());
        }

        /** What the last snapshot and its tail answer from here on, against a replay of everything. */
        private void compareReplies() {
            Partition whole = journal.replay(PARTITION);
            loaded = snapshotOf(whole);
            whole.outbox(replies);
            loaded.outbox(loadedReplies);
            for (int i = 0; i < STEPS / 4; i++) {
                nowMs += load.pauseMs();
                RandomLoad.Step step = load.next();
                int at = journal.apply(whole, nowMs, step.session(), step.frame());
                journal.replay(loaded, at);
                at = journal.apply(whole, nowMs, 0, load.tick());
                journal.replay(loaded, at);
            }
            assertEquals(replies.said, loadedReplies.said, "seed " + seed);
            assertEquals(whole.stateHash(), loaded.stateHash());
        }

        private Partition snapshotOf(Partition whole) {
            while (!whole.isSettled()) {
                journal.apply(whole, nowMs, 0, load.tick());
            }
            SnapshotInMemory blocks = new SnapshotInMemory();
            assertTrue(whole.beginSnapshot(blocks).step(Integer.MAX_VALUE));
            return blocks.load(PARTITION, Outbox.DISCARD);
        }
    }

    /** Random loads make few queues in anybody's name. */
    @Test
    void shouldKnowInWhoseNameAQueueWasMade() {
        long maker = 2;
        Partition partition = new Partition(Placement.alone(PARTITION), Outbox.DISCARD);
        TestJournal journal = new TestJournal();
        FrameWriter out = new FrameWriter();
        journal.apply(partition, Cast.START_MS, 7, QueueMaker.write(out.clear(), 0, maker));
        TaskSpec task = TaskSpec.type("t").queue("made");
        journal.apply(partition, Cast.START_MS, 7, Submit.write(out.clear(), 1, task));
        SnapshotInMemory blocks = new SnapshotInMemory();
        assertTrue(partition.beginSnapshot(blocks).step(Integer.MAX_VALUE));
        PartitionState loaded = blocks.load(PARTITION, Outbox.DISCARD).state();
        assertEquals(1, loaded.queues().makers().names(maker));
        new Audit(loaded).check();
    }

    @Test
    void shouldRefuseASnapshotThatMakesNoSense() {
        Model model = new Model();
        RandomLoad load = new RandomLoad(77, model);
        Partition partition = new Partition(Placement.alone(PARTITION), model);
        TestJournal journal = new TestJournal();
        for (int i = 0; i < 300; i++) {
            RandomLoad.Step step = load.next();
            journal.apply(partition, Cast.START_MS, step.session(), step.frame());
        }
        while (!partition.isSettled()) {
            journal.apply(partition, Cast.START_MS, 0, load.tick());
        }
        SnapshotInMemory blocks = new SnapshotInMemory();
        partition.beginSnapshot(blocks).step(Integer.MAX_VALUE);
        assertThrows(DamagedSnapshotException.class, () -> blocks.load(PARTITION + 1, Outbox.DISCARD));
        for (int i = 0; i < blocks.size(); i++) {
            int whole = blocks.body(i).limit();
            blocks.body(i).limit(whole - 1);
            assertThrows(DamagedSnapshotException.class, () -> blocks.load(PARTITION, Outbox.DISCARD), "block " + i);
            blocks.body(i).limit(whole);
        }
    }
}
