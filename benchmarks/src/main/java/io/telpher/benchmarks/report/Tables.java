package io.telpher.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/** A run as Markdown, in the form of benchmarks/RESULTS.md. */
public final class Tables {
    private Tables() {}

    /** @param command that gave the rows */
    public static String markdown(RunFile run, String command) {
        StringBuilder out = new StringBuilder();
        out.append("Machine: ").append(run.machine().text()).append(".\n");
        out.append("Command: `").append(command).append("`. Medians, in brackets the least and the most.\n\n");
        standings(run, out);
        for (Workload workload : Workload.values()) {
            List<Row> rows = run.rows().stream()
                    .filter(row -> row.workload().equals(workload.key()))
                    .toList();
            if (!rows.isEmpty()) {
                workload(workload, rows, out);
            }
        }
        leftOut(run, out);
        return out.toString();
    }

    private static void standings(RunFile run, StringBuilder out) {
        List<Standing> standings = Standing.of(run.rows());
        if (standings.isEmpty()) {
            return;
        }
        out.append(
                "| workload | figure | through | Telpher | best other that syncs | ratio (95 %) |\n|---|---|---|---|---|---|\n");
        for (Standing each : standings) {
            out.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %s | %s |%n",
                    each.workload().key(),
                    each.figure().text(),
                    each.through(),
                    each.telpher(),
                    each.bestText(),
                    each.ratioText()));
        }
        out.append('\n');
    }

    private static void workload(Workload workload, List<Row> rows, StringBuilder out) {
        List<Row> sound = rows.stream().filter(Row::isSound).toList();
        if (sound.isEmpty()) {
            return;
        }
        List<Figure> shown = workload.figures().stream()
                .filter(figure ->
                        sound.stream().anyMatch(row -> row.figure(figure).isPresent()))
                .toList();
        out.append("**")
                .append(workload.key())
                .append("**: ")
                .append(workload.text())
                .append("\n\n| broker | syncs | runs | ");
        out.append(shown.stream().map(Figure::text).collect(Collectors.joining(" | ")));
        out.append(" |\n").append("|---".repeat(shown.size() + 3)).append("|\n");
        for (String rival : sound.stream().map(Row::rival).distinct().toList()) {
            List<Row> its =
                    sound.stream().filter(row -> row.rival().equals(rival)).toList();
            Row any = its.get(0);
            out.append(String.format(
                    Locale.ROOT,
                    "| %s %s, %s | %s | %d | ",
                    rival,
                    any.version(),
                    any.durability(),
                    any.syncs() ? "yes" : "no",
                    its.size()));
            out.append(shown.stream()
                    .map(figure -> Numbers.spread(Standing.values(its, rival, figure)))
                    .collect(Collectors.joining(" | ")));
            out.append(" |\n");
        }
        out.append('\n');
    }

    /** What was not run, went wrong, or was disturbed to the end: said, not left out in silence. */
    private static void leftOut(RunFile run, StringBuilder out) {
        List<String> lines = new ArrayList<>();
        for (Row row : run.rows()) {
            if (row.skipped() != null) {
                lines.add(row.rival() + " " + row.workload() + ": skipped, " + row.skipped());
            } else if (row.error() != null) {
                lines.add(row.rival() + " " + row.workload() + ": " + row.error());
            } else if (row.disturbed() != null) {
                lines.add(row.rival() + " " + row.workload() + ", round " + row.round() + ": disturbed, "
                        + Objects.requireNonNull(row.disturbed()));
            }
        }
        if (!lines.isEmpty()) {
            out.append("Not in the tables:\n\n");
            lines.stream()
                    .distinct()
                    .forEach(line -> out.append("- ").append(line).append('\n'));
        }
    }
}
