package io.telpher.benchmarks.latency;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What was marked while the tasks of a second waited. */
final class Explanation {
    private static final int A_SECOND_MS = 1_000;

    private Explanation() {}

    /** In words: the second, its figures, and all that overlaps the time from its begin until its last task was in a handler. */
    static String of(Series series, int second, List<Event> events) {
        double from = second * (double) A_SECOND_MS;
        double to = from + A_SECOND_MS + series.maxMs(second);
        String figures = String.format(
                Locale.ROOT,
                "second %d: %d tasks were due, p50 %.1f, p99 %.1f, longest %.1f ms",
                second,
                series.tasks(second),
                series.percentileMs(second, 50),
                series.percentileMs(second, 99),
                series.maxMs(second));
        List<Event> marked = events.stream()
                .filter(event -> event.overlaps(from, to))
                .sorted(Comparator.comparing(Event::kind).thenComparing(Event::startMs))
                .toList();
        if (marked.isEmpty()) {
            return figures + "; nothing was marked until its last task was in a handler";
        }
        return figures + "; until its last task was in a handler:\n"
                + marked.stream()
                        .map(event -> String.format(
                                Locale.ROOT,
                                "  %s at %.1f s: %s",
                                event.kind().text(),
                                event.startMs() / A_SECOND_MS,
                                event.text()))
                        .collect(Collectors.joining("\n"));
    }
}
