package io.telpher.broker.sim;

/** {@link Trial} for bugs of clusters. Called by {@link Mutants} in a mutant's own class loader. */
public final class ClusterTrial {
    private ClusterTrial() {}

    /** The number of seeds it took, and the rule: {@code "3 ONE_ORDER_FOR_ALL what"}; empty when all went well. */
    public static String run(long firstSeed, int seedsMax, int steps) {
        for (int i = 0; i < seedsMax; i++) {
            try {
                ClusterSimulation.run(firstSeed + i, steps, false);
            } catch (Simulation.Failed e) {
                return i + 1 + " " + e.rule() + " " + e.getMessage();
            }
        }
        return "";
    }
}
