package io.telpher.benchmarks.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Where Telpher stands in one figure of a workload: against the best of the others that sync before they confirm.
 *
 * @param rival Telpher, through its client or a socket
 * @param telpher its figure, as in {@link Numbers#spread}
 * @param best of the others
 * @param ratio of Telpher's to that one's, by rounds; null when there is no other, or a figure is 0
 */
record Standing(
        Workload workload,
        Figure figure,
        String rival,
        String telpher,
        @Nullable String best,
        @Nullable String bestFigure,
        @Nullable Ratio ratio) {
    static final String TELPHER = "telpher";

    /** For each workload that Telpher has sound rows of, its first two figures that say which way is better. */
    static List<Standing> of(List<Row> rows) {
        List<Standing> standings = new ArrayList<>();
        for (Workload workload : Workload.values()) {
            List<Row> its = rows.stream()
                    .filter(row -> row.isSound() && row.workload().equals(workload.key()))
                    .toList();
            workload.figures().stream()
                    .filter(figure -> figure.better() != Figure.Better.NEITHER)
                    .limit(2)
                    .forEach(figure -> its.stream()
                            .map(Row::rival)
                            .filter(rival -> rival.startsWith(TELPHER))
                            .distinct()
                            .forEach(rival -> of(its, workload, figure, rival).ifPresent(standings::add)));
        }
        return standings;
    }

    private static Optional<Standing> of(List<Row> rows, Workload workload, Figure figure, String ours) {
        List<Double> own = values(rows, ours, figure);
        if (own.isEmpty()) {
            return Optional.empty();
        }
        Comparator<String> byMedian = Comparator.comparingDouble(rival -> Numbers.median(values(rows, rival, figure)));
        Optional<String> best = rows.stream()
                .filter(row -> row.syncs()
                        && !row.rival().startsWith(TELPHER)
                        && row.figure(figure).isPresent())
                .map(Row::rival)
                .distinct()
                .min(figure.better() == Figure.Better.HIGHER ? byMedian.reversed() : byMedian);
        return Optional.of(new Standing(
                workload,
                figure,
                ours,
                Numbers.spread(own),
                best.orElse(null),
                best.map(rival -> Numbers.spread(values(rows, rival, figure))).orElse(null),
                best.map(rival -> ratio(rows, ours, rival, figure)).orElse(null)));
    }

    static List<Double> values(List<Row> rows, String rival, Figure figure) {
        return rows.stream()
                .filter(row -> row.rival().equals(rival))
                .map(row -> row.figure(figure))
                .filter(OptionalDouble::isPresent)
                .map(OptionalDouble::getAsDouble)
                .toList();
    }

    /** By the rounds in which both have a sound row; when there are none, of all of them. */
    private static @Nullable Ratio ratio(List<Row> rows, String own, String rival, Figure figure) {
        List<Double> above = new ArrayList<>();
        List<Double> below = new ArrayList<>();
        for (int round : rows.stream().mapToInt(Row::round).distinct().toArray()) {
            List<Row> its = rows.stream().filter(row -> row.round() == round).toList();
            List<Double> ours = values(its, own, figure);
            List<Double> theirs = values(its, rival, figure);
            if (ours.size() == 1 && theirs.size() == 1) {
                above.add(ours.get(0));
                below.add(theirs.get(0));
            }
        }
        boolean inPairs = !above.isEmpty();
        if (!inPairs) {
            above = values(rows, own, figure);
            below = values(rows, rival, figure);
        }
        if (!(least(above) > 0 && least(below) > 0)) {
            return null;
        }
        return inPairs ? Ratio.paired(above, below) : Ratio.independent(above, below);
    }

    private static double least(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    }

    String through() {
        return rival.equals(TELPHER) ? "its client" : "a socket";
    }

    String ratioText() {
        Ratio known = ratio;
        return known == null ? "-" : known.text();
    }

    String bestText() {
        return best == null ? "-" : best + ": " + Objects.requireNonNull(bestFigure);
    }
}
