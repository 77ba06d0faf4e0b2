package io.telpher.broker.sim;

import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Looks for a shorter run that breaks a rule too: fewer steps, fewer kinds of fault, then steps left out in ever smaller pieces. */
final class Shrinker {
    private static final long NANOS_MAX = TimeUnit.SECONDS.toNanos(20);
    private static final int LINES_MAX = 120;

    private final long deadline = System.nanoTime() + NANOS_MAX;
    private final Rule rule;

    /** The shortest found, with its trace. */
    record Shrunk(Setup setup, Simulation.Failed failure) {
        String report() {
            List<String> lines = failure.lines();
            int from = Math.max(0, lines.size() - LINES_MAX);
            int left = setup.steps() - setup.skipped().cardinality();
            return "seed " + setup.seed() + " at commit " + commit() + " breaks " + failure.rule() + "\n"
                    + failure.getMessage() + "\nshrunk to " + left + " steps, without faults " + setup.without()
                    + ":\n" + String.join("\n", lines.subList(from, lines.size()))
                    + "\nagain: bin/simulate --seed " + setup.seed() + " --steps " + setup.steps();
        }
    }

    private Shrinker(Rule rule) {
        this.rule = rule;
    }

    /** @param rule that it breaks */
    static Shrunk shrink(Setup failing, Rule rule) {
        return new Shrinker(rule).search(failing);
    }

    private Shrunk search(Setup failing) {
        Setup best = fewerSteps(failing);
        for (Fault fault : Fault.values()) {
            if (fails(best.without(fault))) {
                best = best.without(fault);
            }
        }
        best = skipSteps(best);
        try {
            Simulation.run(best.withLines());
        } catch (Simulation.Failed e) {
            return new Shrunk(best, e);
        }
        throw new IllegalStateException("the failure of seed " + failing.seed() + " does not come again");
    }

    private boolean fails(Setup setup) {
        if (System.nanoTime() > deadline) {
            return false;
        }
        try {
            Simulation.run(setup);
            return false;
        } catch (Simulation.Failed e) {
            return e.rule() == rule;
        }
    }

    private Setup fewerSteps(Setup failing) {
        int low = 0;
        int high = failing.steps();
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (fails(failing.steps(middle))) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return failing.steps(high);
    }

    private Setup skipSteps(Setup failing) {
        Setup best = failing;
        for (int piece = failing.steps() / 2; piece > 0; piece /= 2) {
            for (int from = 1; from <= failing.steps(); from += piece) {
                BitSet more = (BitSet) best.skipped().clone();
                more.set(from, Math.min(from + piece, failing.steps() + 1));
                if (more.cardinality() > best.skipped().cardinality() && fails(best.skipping(more))) {
                    best = best.skipping(more);
                }
            }
        }
        return best;
    }

    /** Of the working copy; a build from elsewhere has none. */
    private static String commit() {
        return System.getProperty("telpher.commit", "unknown");
    }
}
