package io.telpher.broker.cli.top;

import io.telpher.broker.cli.output.Amounts;
import java.util.Comparator;
import java.util.function.Function;

/** The columns of {@code tq top}, by which it also sorts. */
@SuppressWarnings("ImmutableEnumChecker") // the functions have no state
enum TopColumn {
    queue(
            line -> line.queue().name,
            Comparator.<TopReading.Line, String>comparing(line -> line.queue().name)
                    .reversed()),
    ready(line -> Amounts.count(line.ready()), Comparator.comparingLong(TopReading.Line::ready)),
    scheduled(line -> Amounts.count(line.queue().scheduled), Comparator.comparingLong(line -> line.queue().scheduled)),
    retrying(line -> Amounts.count(line.queue().retryWait), Comparator.comparingLong(line -> line.queue().retryWait)),
    active(line -> Amounts.count(line.queue().active), Comparator.comparingLong(line -> line.queue().active)),
    dead(line -> Amounts.count(line.queue().dead), Comparator.comparingLong(line -> line.queue().dead)),
    in(line -> Amounts.rate(line.in()), Comparator.comparingDouble(TopReading.Line::in)),
    out(line -> Amounts.rate(line.out()), Comparator.comparingDouble(TopReading.Line::out)),
    oldest(
            line -> line.queue().oldestReadyAgeMs == 0 ? "" : Amounts.ms(line.queue().oldestReadyAgeMs),
            Comparator.comparingLong(line -> line.queue().oldestReadyAgeMs)),
    waiting(line -> Amounts.count(line.queue().waiters), Comparator.comparingLong(line -> line.queue().waiters));

    private final Function<TopReading.Line, String> text;
    private final Comparator<TopReading.Line> ascending;

    TopColumn(Function<TopReading.Line, String> text, Comparator<TopReading.Line> ascending) {
        this.text = text;
        this.ascending = ascending;
    }

    String text(TopReading.Line line) {
        return text.apply(line);
    }

    /** The largest first, names from A to Z; among equals by name. */
    Comparator<TopReading.Line> order() {
        return ascending.reversed().thenComparing(line -> line.queue().name);
    }

    String title() {
        return switch (this) {
            case in, out -> name() + "/s";
            default -> name();
        };
    }

    TopColumn next(int step) {
        return values()[Math.floorMod(ordinal() + step, values().length)];
    }
}
