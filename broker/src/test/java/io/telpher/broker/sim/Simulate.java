package io.telpher.broker.sim;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** {@code bin/simulate}: runs seeds and says what came of them; a failure prints the shortest trace found and how to see it again. */
public final class Simulate {
    private static final int STEPS_DEFAULT = 5000;

    private Simulate() {}

    public static void main(String[] arguments) {
        long seed = number(arguments, "--seed", 1);
        int steps = (int) number(arguments, "--steps", STEPS_DEFAULT);
        long seeds = number(arguments, "--seeds", 1);
        Totals totals = new Totals();
        for (long each = seed; each < seed + seeds; each++) {
            try {
                totals.add(Simulation.run(Setup.of(each, steps)));
            } catch (Simulation.Failed e) {
                Shrinker.Shrunk shrunk = Shrinker.shrink(Setup.of(each, steps), e.rule());
                print(shrunk.report());
                e.printStackTrace();
                System.exit(1);
            }
        }
        print(totals.toString());
    }

    static long number(String[] arguments, String name, long otherwise) {
        for (int i = 0; i + 1 < arguments.length; i++) {
            if (arguments[i].equals(name)) {
                return Long.parseLong(arguments[i + 1]);
            }
        }
        return otherwise;
    }

    private static void print(String text) {
        System.out.println(text);
    }

    /** Of this thread: a busy machine makes it slower by the clock, hardly by this. */
    static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** Sums over seeds. */
    static final class Totals {
        private final long beganNanos = cpuNanos();
        private long seeds;
        private long records;
        private long replayed;
        private long answers;
        private long crashes;
        private long damages;
        private long snapshots;
        private long deletedFiles;
        private final List<Long> hashes = new ArrayList<>();

        void add(Simulation.Outcome outcome) {
            seeds++;
            records += outcome.records();
            replayed += outcome.replayed();
            answers += outcome.answers();
            crashes += outcome.crashes();
            damages += outcome.damages();
            snapshots += outcome.snapshots();
            deletedFiles += outcome.deletedFiles();
            hashes.add(outcome.hash());
        }

        long crashes() {
            return crashes;
        }

        long damages() {
            return damages;
        }

        @Override
        public String toString() {
            double seconds = (cpuNanos() - beganNanos) / 1e9;
            return String.format(
                    "%d seeds, %d records applied and %d replayed, %d replies checked, %d crashes, %d damaged disks, %d snapshots compared, %d journal files compacted away, 0 rules broken;"
                            + " %.1f s of CPU, %.0f records a second of it, hash %08x",
                    seeds,
                    records,
                    replayed,
                    answers,
                    crashes,
                    damages,
                    snapshots,
                    deletedFiles,
                    seconds,
                    (records + replayed) / seconds,
                    hashes.hashCode() & 0xFFFF_FFFFL);
        }
    }
}
