package io.telpher.broker.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The real partition, agent and recovery on one thread, under simulated clients, clocks and disks; see {@link Rule}. */
class SimulationTest {
    private static final int STEPS = 2500;
    private static final int SEEDS_MIN = 8;
    private static final long NANOS = TimeUnit.SECONDS.toNanos(20);

    /** {@code -Dsimulation.seeds=1000 -Dsimulation.from=100}: that many, however long they take. */
    @Test
    void shouldBreakNoRule() {
        long from = Long.getLong("simulation.from", 1);
        long asked = Long.getLong("simulation.seeds", 0);
        long begin = System.nanoTime();
        Simulate.Totals totals = new Simulate.Totals();
        long seed = from;
        while (asked > 0 ? seed < from + asked : seed < from + SEEDS_MIN || System.nanoTime() - begin < NANOS) {
            totals.add(run(Setup.of(seed, STEPS)));
            seed++;
        }
        System.out.println(totals);
        assertTrue(totals.crashes() > SEEDS_MIN && totals.damages() > 0, "so few faults prove little: " + totals);
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
