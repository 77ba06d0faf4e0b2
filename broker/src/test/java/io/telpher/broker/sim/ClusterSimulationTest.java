package io.telpher.broker.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three to five nodes with the real agreed log, agent and core, over a simulated Raft, disks and clocks; see {@link Rule}. More: {@code bin/simulate --cluster}. */
class ClusterSimulationTest {
    private static final int STEPS = 1500;
    private static final int SEEDS = 20;

    @Test
    @DisplayName("lose leaders, machines, links, proposals and the ends of journals: no rule is broken")
    void shouldBreakNoRule() {
        SimulateCluster.Totals totals = new SimulateCluster.Totals();
        for (long seed = 1; seed <= SEEDS; seed++) {
            totals.add(SimulateCluster.run(seed, STEPS));
        }
        System.out.println(totals);
        assertTrue(
                totals.crashes() > SEEDS
                        && totals.voidBatches() > 0
                        && totals.lostEntries() > 0
                        && totals.hashed() > SEEDS,
                "so few faults prove little: " + totals);
    }

    /** A follower's own copies taken for news of the leader; clients let in by a leader whose first records were void. */
    @ParameterizedTest
    @ValueSource(longs = {1, 21})
    @DisplayName("seeds that once broke a rule don't")
    void shouldBreakNoRuleAgain(long seed) {
        SimulateCluster.run(seed, STEPS);
    }

    @Test
    @DisplayName("a seed does the same again")
    void shouldDoTheSameAgain() {
        for (long seed : List.of(601L, 602L)) {
            assertEquals(
                    SimulateCluster.run(seed, STEPS).hash(),
                    SimulateCluster.run(seed, STEPS).hash(),
                    Rule.SAME_SEED_SAME_TRACE + ": seed " + seed);
        }
    }
}
