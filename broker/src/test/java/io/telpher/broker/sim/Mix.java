package io.telpher.broker.sim;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A seed's own mix of faults, sizes and paces. */
final class Mix {
    private static final int[] FILE_BYTES = {4 << 10, 16 << 10, 64 << 10, 256 << 10};
    private static final int[] FAULT_ONE_IN = {40, 100, 300};
    private static final int[] STEPS_PER_CYCLE = {1, 1, 2, 6};
    private static final int[] TICK_STEPS = {20, 60, 200};

    private final Set<Fault> faults = EnumSet.noneOf(Fault.class);
    private final List<Fault> events = new ArrayList<>();
    final int fileBytes;
    final int faultOneIn;
    final int stepsPerCycle;
    final int longPauseOneIn;
    final int syncMsMax;

    Mix(Setup setup) {
        Dice dice = new Dice(setup.seed() * 77 + 5);
        for (Fault fault : Fault.values()) {
            if (dice.percent(55)) {
                faults.add(fault);
            }
        }
        faults.removeAll(setup.without());
        events.addAll(faults);
        events.removeIf(fault -> !fault.isEvent());
        fileBytes = FILE_BYTES[dice.below(FILE_BYTES.length)];
        faultOneIn = FAULT_ONE_IN[dice.below(FAULT_ONE_IN.length)];
        stepsPerCycle = STEPS_PER_CYCLE[dice.below(STEPS_PER_CYCLE.length)];
        longPauseOneIn = TICK_STEPS[dice.below(TICK_STEPS.length)];
        syncMsMax = has(Fault.SLOW_SYNC) ? 600 : 2;
    }

    boolean has(Fault fault) {
        return faults.contains(fault);
    }

    /** What happens when something does; null when this seed has nothing in store. */
    @Nullable
    Fault event(Dice dice) {
        return events.isEmpty() ? null : events.get(dice.below(events.size()));
    }

    @Override
    public String toString() {
        return faults + " files of " + fileBytes + " bytes, a fault in " + faultOneIn + " steps";
    }
}
