package io.telpher.benchmarks.report;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Two files of rows: how many times as large each figure of the second is as that of the first. */
@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        description =
                "Two files of bin/bench rivals: ratios B to A with the interval of 95 %% confidence (Welch's, on logarithms).")
@SuppressWarnings("NullAway.Init") // set by picocli
public final class CompareCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "A", description = "before, or one of two ways")
    private Path a;

    @Parameters(index = "1", paramLabel = "B", description = "after, or the other way")
    private Path b;

    public static void main(String[] args) {
        System.exit(new CommandLine(new CompareCommand()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        RunFile before = RunFile.read(a);
        RunFile after = RunFile.read(b);
        PrintWriter out = spec.commandLine().getOut();
        out.println("| broker | workload | figure | A | B | B / A (95 %) | |");
        out.println("|---|---|---|---|---|---|---|");
        int compared = 0;
        for (String rival : rivals(before)) {
            for (Workload workload : Workload.values()) {
                for (Figure figure : workload.figures()) {
                    compared += compare(rival, workload, figure, before, after, out);
                }
            }
        }
        out.flush();
        if (compared == 0) {
            spec.commandLine()
                    .getErr()
                    .printf(
                            "expected sound rows of the same broker and workload in both files, got none in %s and %s%n",
                            a, b);
            return 1;
        }
        return 0;
    }

    private static Set<String> rivals(RunFile run) {
        Set<String> rivals = new LinkedHashSet<>();
        run.rows().forEach(row -> rivals.add(row.rival()));
        return rivals;
    }

    private static int compare(
            String rival, Workload workload, Figure figure, RunFile before, RunFile after, PrintWriter out) {
        List<Double> old = values(before, rival, workload, figure);
        List<Double> now = values(after, rival, workload, figure);
        if (old.isEmpty() || now.isEmpty()) {
            return 0;
        }
        boolean hasZero =
                old.stream().anyMatch(value -> value <= 0) || now.stream().anyMatch(value -> value <= 0);
        Ratio ratio = hasZero ? null : Ratio.independent(now, old);
        out.printf(
                "| %s | %s | %s | %s | %s | %s | %s |%n",
                rival,
                workload.key(),
                figure.text(),
                Numbers.spread(old),
                Numbers.spread(now),
                ratio == null ? "-" : ratio.text(),
                ratio == null ? "" : verdict(figure, ratio));
        return 1;
    }

    private static List<Double> values(RunFile run, String rival, Workload workload, Figure figure) {
        List<Row> rows = run.rows().stream()
                .filter(row -> row.isSound() && row.workload().equals(workload.key()))
                .toList();
        return Standing.values(rows, rival, figure);
    }

    private static String verdict(Figure figure, Ratio ratio) {
        if (!ratio.differs() || figure.better() == Figure.Better.NEITHER) {
            return "";
        }
        return ratio.ratio() > 1 == (figure.better() == Figure.Better.HIGHER) ? "better" : "worse";
    }
}
