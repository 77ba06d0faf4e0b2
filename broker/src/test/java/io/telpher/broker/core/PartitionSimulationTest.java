package io.telpher.broker.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.core.state.Audit;
import io.telpher.broker.core.state.Placement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands and times from seeds: whatever comes, no rule breaks, every number adds up, and a replay ends up the same. */
class PartitionSimulationTest {
    private static final int STEPS = 4000;
    private static final int AUDIT_EVERY = 25;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void shouldKeepEveryRuleUnderRandomCommands(long seed) {
        run(seed, STEPS);
    }

    /** {@code -Dsimulation.seeds=1000 -Dsimulation.from=100} looks further. */
    @Test
    void shouldKeepEveryRuleUnderMoreSeedsWhenAskedTo() {
        long from = Long.getLong("simulation.from", 1000);
        long seeds = Long.getLong("simulation.seeds", 3);
        for (long seed = from; seed < from + seeds; seed++) {
            run(seed, STEPS);
        }
    }

    /** {@code bin/simulate --core} in short. */
    @Test
    void shouldLeadToTheSameStateAgainEveryFewHundredRecords() {
        assertTrue(CorePace.check(77, 5_000) > 5_000);
    }

    private static void run(long seed, int steps) {
        Model model = new Model();
        RandomLoad load = new RandomLoad(seed, model);
        TestJournal journal = new TestJournal();
        Partition partition = new Partition(Placement.alone(3), model);
        long nowMs = Cast.START_MS;
        for (int i = 0; i < steps; i++) {
            nowMs += load.pauseMs();
            while (partition.nextDeadlineMs() <= nowMs && !load.skipsTick()) {
                journal.apply(partition, nowMs, 0, load.tick());
            }
            // Time has to have passed already for the hash to be comparable.
            journal.apply(partition, nowMs, 0, load.tick());
            RandomLoad.Step step = load.next();
            long before = partition.stateHash();
            journal.apply(partition, nowMs, step.session(), step.frame());
            if (model.takeRefused()) {
                assertEquals(
                        before,
                        partition.stateHash(),
                        "seed " + seed + " step " + i + ": refused, yet something changed");
            }
            model.replayed(partition);
            if (i % AUDIT_EVERY == 0) {
                new Audit(partition.state()).check();
            }
        }
        finish(partition, model, journal);
    }

    private static void finish(Partition partition, Model model, TestJournal journal) {
        new Audit(partition.state()).check();
        model.check(partition);
        assertTrue(model.deliveries > 100 && model.completed > 50, "the load does too little to prove anything");
        Partition replayed = journal.replay(3);
        new Audit(replayed.state()).check();
        assertEquals(partition.stateHash(), replayed.stateHash(), "a replay ends up the same");
        assertEquals(partition.counts(), replayed.counts());
        assertEquals(partition.nextDeadlineMs(), replayed.nextDeadlineMs());
    }
}
