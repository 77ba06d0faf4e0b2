package io.telpher.broker.sim;

import java.util.ArrayList;
import java.util.List;

/** {@code bin/simulate --cluster}: runs seeds of {@link ClusterSimulation} and says what came of them; a failure prints the end of its trace and how to see it again. */
public final class SimulateCluster {
    private static final int STEPS_DEFAULT = 3000;
    private static final int LINES_MAX = 150;

    private SimulateCluster() {}

    public static void main(String[] arguments) {
        long seed = Simulate.number(arguments, "--seed", 1);
        int steps = (int) Simulate.number(arguments, "--steps", STEPS_DEFAULT);
        long seeds = Simulate.number(arguments, "--seeds", 1);
        Totals totals = new Totals();
        try {
            for (long each = seed; each < seed + seeds; each++) {
                totals.add(run(each, steps));
            }
        } catch (AssertionError e) {
            System.out.println(e.getMessage());
            e.printStackTrace();
            System.exit(1);
        }
        System.out.println(totals);
    }

    /** @throws AssertionError with the end of the trace */
    static ClusterSimulation.Outcome run(long seed, int steps) {
        try {
            return ClusterSimulation.run(seed, steps, false);
        } catch (Simulation.Failed e) {
            throw new AssertionError(report(seed, steps, e), e);
        }
    }

    private static String report(long seed, int steps, Simulation.Failed first) {
        List<String> lines;
        try {
            lines = ClusterSimulation.run(seed, steps, true).lines();
        } catch (Simulation.Failed again) {
            lines = again.lines();
        }
        List<String> last = lines.subList(Math.max(0, lines.size() - LINES_MAX), lines.size());
        return "seed " + seed + " of a cluster breaks " + first.rule() + ", commit "
                + System.getProperty("telpher.commit", "unknown") + ":\n" + String.join("\n", last) + "\n"
                + first.getMessage() + "\nagain: bin/simulate --cluster --seed " + seed + " --steps " + steps;
    }

    /** Sums over seeds. */
    static final class Totals {
        private final long beganNanos = Simulate.cpuNanos();
        private final List<Long> hashes = new ArrayList<>();
        private long seeds;
        private long records;
        private long answers;
        private long deliveries;
        private long crashes;
        private long epochs;
        private long voidBatches;
        private long lostEntries;
        private long compared;
        private long hashed;
        private long snapshots;
        private long deletedFiles;

        void add(ClusterSimulation.Outcome outcome) {
            seeds++;
            records += outcome.records();
            answers += outcome.answers();
            deliveries += outcome.deliveries();
            crashes += outcome.crashes();
            epochs += outcome.epochs();
            voidBatches += outcome.voidBatches();
            lostEntries += outcome.lostEntries();
            compared += outcome.compared();
            hashed += outcome.hashed();
            snapshots += outcome.snapshots();
            deletedFiles += outcome.deletedFiles();
            hashes.add(outcome.hash());
        }

        long crashes() {
            return crashes;
        }

        long voidBatches() {
            return voidBatches;
        }

        long hashed() {
            return hashed;
        }

        long lostEntries() {
            return lostEntries;
        }

        @Override
        public String toString() {
            return String.format(
                    "%d clusters, %d records agreed on in %d epochs, %d replies checked, %d deliveries, %d crashes, %d void batches, %d entries of deposed leaders lost, %d snapshots, %d journal"
                            + " files compacted away, %d states compared, %d hashed while they changed, 0 rules broken; %.1f s of CPU, hash %08x",
                    seeds,
                    records,
                    epochs,
                    answers,
                    deliveries,
                    crashes,
                    voidBatches,
                    lostEntries,
                    snapshots,
                    deletedFiles,
                    compared,
                    hashed,
                    (Simulate.cpuNanos() - beganNanos) / 1e9,
                    hashes.hashCode() & 0xFFFF_FFFFL);
        }
    }
}
