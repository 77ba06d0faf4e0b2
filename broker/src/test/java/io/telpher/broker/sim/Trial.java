package io.telpher.broker.sim;

import java.io.IOException;

/** Looks for the first seed that breaks a rule. Called by {@link Mutants} in a mutant's own class loader. */
public final class Trial {
    private Trial() {}

    /** The number of seeds it took, and the rule: {@code "3 CONFIRMED_IS_KEPT what"}; empty when all went well. */
    public static String run(long firstSeed, int seedsMax, int steps) {
        for (int i = 0; i < seedsMax; i++) {
            try {
                Simulation.run(Setup.of(firstSeed + i, steps));
                new PartitionsSimulation(firstSeed + i).run(steps);
            } catch (Simulation.Failed e) {
                return i + 1 + " " + e.rule() + " " + e.getMessage();
            } catch (AssertionError | RuntimeException | IOException e) {
                return i + 1 + " SEVERAL_PARTITIONS " + e.getMessage();
            }
        }
        return "";
    }
}
