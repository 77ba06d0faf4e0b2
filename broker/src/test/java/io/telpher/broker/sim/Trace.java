package io.telpher.broker.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What happened, as a hash, and as lines when somebody wants to read them. */
final class Trace {
    private final List<String> lines = new ArrayList<>();
    private final boolean keepsLines;
    private long hash = 1;
    private long step;

    Trace(boolean keepsLines) {
        this.keepsLines = keepsLines;
    }

    void step(long number) {
        step = number;
        add(number);
    }

    void add(long value) {
        hash = Dice.mix(hash * 31 + value);
    }

    void say(Supplier<String> what) {
        if (keepsLines) {
            lines.add(step + " " + what.get());
        }
    }

    long hash() {
        return hash;
    }

    List<String> lines() {
        return lines;
    }
}
