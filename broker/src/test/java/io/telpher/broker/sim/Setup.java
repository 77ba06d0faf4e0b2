package io.telpher.broker.sim;

import java.util.BitSet;
import java.util.EnumSet;
import java.util.Set;

/**
 * What is simulated.
 *
 * @param without faults that are left out although the seed draws them
 * @param skipped steps that are left out
 */
record Setup(long seed, int steps, Set<Fault> without, BitSet skipped, boolean keepsLines) {
    static Setup of(long seed, int steps) {
        return new Setup(seed, steps, EnumSet.noneOf(Fault.class), new BitSet(), false);
    }

    Setup steps(int fewer) {
        return new Setup(seed, fewer, without, skipped, keepsLines);
    }

    Setup without(Fault fault) {
        Set<Fault> more = EnumSet.noneOf(Fault.class);
        more.addAll(without);
        more.add(fault);
        return new Setup(seed, steps, more, skipped, keepsLines);
    }

    Setup skipping(BitSet more) {
        return new Setup(seed, steps, without, more, keepsLines);
    }

    Setup withLines() {
        return new Setup(seed, steps, without, skipped, true);
    }
}
