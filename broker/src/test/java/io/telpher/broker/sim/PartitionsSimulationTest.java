package io.telpher.broker.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Two and three partitions under crashes of the whole: what concerns several of them holds as if there were one. */
class PartitionsSimulationTest {
    private static final int STEPS = 4_000;
    private static final int SEEDS = 20;

    /** {@code -Dsimulation.seeds=1000 -Dsimulation.from=100}: that many. */
    @Test
    void shouldKeepBatchesFollowUpsAndReservesOverPartitionsWhole() throws IOException {
        long from = Long.getLong("simulation.from", 1);
        long seeds = Long.getLong("simulation.seeds", SEEDS);
        long crashes = 0;
        long confirmed = 0;
        for (long seed = from; seed < from + seeds; seed++) {
            try {
                PartitionsSimulation simulation = new PartitionsSimulation(seed);
                simulation.run(STEPS);
                crashes += simulation.crashes();
                confirmed += simulation.confirmed();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertTrue(
                crashes > seeds && confirmed > 10 * seeds,
                crashes + " crashes, " + confirmed + " batches prove little");
    }
}
