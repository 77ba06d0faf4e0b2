package io.telpher.broker.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The real partition, agent and recovery on one thread, under simulated clients, clocks and disks; see {@link Rule}. */
class SimulationTest {
    private static final int STEPS = 2500;
    private static final int SEEDS = 20;

    /** The short form of {@code bin/simulate}; {@code -Dsimulation.seeds=1000 -Dsimulation.from=100} for more, and others. */
    @Test
    void shouldBreakNoRule() {
        long from = Long.getLong("simulation.from", 1);
        long seeds = Long.getLong("simulation.seeds", SEEDS);
        Simulate.Totals totals = new Simulate.Totals();
        for (long seed = from; seed < from + seeds; seed++) {
            totals.add(run(Setup.of(seed, STEPS)));
        }
        System.out.println(totals);
        assertTrue(totals.crashes() > seeds && totals.damages() > 0, "so few faults prove little: " + totals);
    }

    @Test
    void shouldDoTheSameAgainFromTheSameSeed() {
        for (long seed = 501; seed < 504; seed++) {
            Simulation.Outcome first = run(Setup.of(seed, STEPS));
            Simulation.Outcome second = run(Setup.of(seed, STEPS));
            assertEquals(first.hash(), second.hash(), Rule.SAME_SEED_SAME_TRACE + ": seed " + seed);
        }
    }

    private static Simulation.Outcome run(Setup setup) {
        try {
            return Simulation.run(setup);
        } catch (Simulation.Failed e) {
            throw new AssertionError(Shrinker.shrink(setup, e.rule()).report(), e);
        }
    }
}
