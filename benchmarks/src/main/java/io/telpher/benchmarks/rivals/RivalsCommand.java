package io.telpher.benchmarks.rivals;

import io.telpher.benchmarks.machine.BrokerCommand;
import io.telpher.benchmarks.machine.Machine;
import io.telpher.benchmarks.report.Figure;
import io.telpher.benchmarks.report.HtmlPage;
import io.telpher.benchmarks.report.Row;
import io.telpher.benchmarks.report.RunFile;
import io.telpher.benchmarks.report.Tables;
import io.telpher.benchmarks.report.Workload;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Telpher and other brokers in turn: the same work, the same durability, the same machine. */
@Command(
        name = "rivals",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "The same work through Telpher and other brokers in turn, each on a fresh server that syncs before it confirms, unless its name says otherwise.")
@SuppressWarnings("NullAway.Init") // set by picocli
public final class RivalsCommand implements Callable<Integer> {
    private static final int CLUSTER_NODES = 3;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--brokers",
            split = ",",
            defaultValue = "telpher,telpher-socket,redis,beanstalkd,postgresql,rabbitmq,nats",
            description =
                    "in this order, turned by one each round; also telpher-1s, telpher-socket-1s, redis-1s and beanstalkd-1s, which sync once a second; and clusters of three nodes: telpher-cluster, telpher-cluster-socket, rabbitmq-cluster, nats-cluster (default: ${DEFAULT-VALUE})")
    private List<String> brokers;

    @Option(
            names = "--workloads",
            split = ",",
            converter = WorkloadConverter.class,
            defaultValue = "W1,W2,W2-warm,W3-1000,W3-10000,W4,W5,mixed,connections,asked",
            description = "(default: ${DEFAULT-VALUE})")
    private List<Workload> workloads;

    @Option(names = "--rounds", description = "of all of it (default: ${DEFAULT-VALUE})")
    private int rounds = 3;

    @Option(names = "--secs", description = "measured, each row (default: ${DEFAULT-VALUE})")
    private int secs = 8;

    @Option(names = "--warm", description = "seconds before that (default: ${DEFAULT-VALUE})")
    private int warm = 3;

    @Option(names = "--long-warm", description = "the same of W2-warm (default: ${DEFAULT-VALUE})")
    private int longWarm = 30;

    @Option(names = "--tasks", description = "W4: that wait (default: ${DEFAULT-VALUE})")
    private int tasks = 1_000_000;

    @Option(names = "--size", description = "bytes of payload, at least 8 (default: ${DEFAULT-VALUE})")
    private int size = 2048;

    @Option(names = "--steal-max", description = "cores; a row above is repeated (default: ${DEFAULT-VALUE})")
    private double stealMax = 0.15;

    @Option(names = "--others-max", description = "cores other processes may take (default: ${DEFAULT-VALUE})")
    private double othersMax = 0.3;

    @Option(names = "--repeats", description = "of a disturbed row (default: ${DEFAULT-VALUE})")
    private int repeats = 2;

    @Option(names = "--dir", description = "where the servers' data goes (default: ${DEFAULT-VALUE})")
    private Path directory = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(
            names = "--out",
            description = "rows go to FILE.jsonl, tables to FILE.md, plots to FILE.html (default: ${DEFAULT-VALUE})")
    private Path out = Path.of("rivals");

    /** A workload by its key. */
    static final class WorkloadConverter implements ITypeConverter<Workload> {
        @Override
        public Workload convert(String key) {
            return Workload.of(key)
                    .orElseThrow(() -> new CommandLine.TypeConversionException(
                            "expected one of " + List.of(Workload.values()) + ", got \"" + key + "\""));
        }
    }

    public static void main(String[] args) {
        System.exit(new CommandLine(new RivalsCommand()).execute(args));
    }

    private static List<Rival> all(List<String> launcher) {
        return List.of(
                new TelpherBroker(launcher, false, Syncs.FIRST),
                new TelpherBroker(launcher, true, Syncs.FIRST),
                new Redis(Syncs.FIRST),
                new Beanstalkd(Syncs.FIRST),
                new Postgres(),
                new RabbitMq(1),
                new Nats(1),
                new TelpherBroker(launcher, false, Syncs.EACH_SECOND),
                new TelpherBroker(launcher, true, Syncs.EACH_SECOND),
                new Redis(Syncs.EACH_SECOND),
                new Beanstalkd(Syncs.EACH_SECOND),
                new TelpherCluster(launcher, false),
                new TelpherCluster(launcher, true),
                new RabbitMq(CLUSTER_NODES),
                new Nats(CLUSTER_NODES));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Rival> chosen = chosen(all(BrokerCommand.ofThisProject()));
        Machine machine = Machine.look(directory);
        say("%s", machine.text());
        if (machine.syncsToMemory()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "expected a directory on a disk, got " + directory + " on " + machine.fileSystem()
                            + ", where a sync does nothing; say --dir");
        }
        Path rows = Path.of(out + ".jsonl");
        RunFile.create(rows, machine);
        Measurement measurement = new Measurement(
                directory, new Settings(secs, warm, longWarm, tasks, size), new Limits(stealMax, othersMax));
        for (int round = 1; round <= rounds; round++) {
            for (Workload workload : workloads) {
                for (Rival rival : chosen) {
                    RunFile.append(rows, row(measurement, rival, workload, round));
                }
            }
            // Each comes first once, and behind each of the others.
            Collections.rotate(chosen, -1);
        }
        RunFile run = RunFile.read(rows);
        String command = command();
        Files.writeString(Path.of(out + ".md"), Tables.markdown(run, command));
        HtmlPage.ofRivals(Path.of(out + ".html"), run, command);
        say("%s.jsonl, %s.md, %s.html", out, out, out);
        boolean none = run.rows().stream().noneMatch(row -> row.error() == null && row.skipped() == null);
        return none || run.rows().stream().anyMatch(row -> row.error() != null) ? 1 : 0;
    }

    private List<Rival> chosen(List<Rival> all) {
        List<Rival> chosen = new ArrayList<>();
        for (String name : brokers) {
            chosen.add(all.stream()
                    .filter(rival -> rival.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new ParameterException(
                            spec.commandLine(),
                            "expected some of " + all.stream().map(Rival::name).toList() + ", got \"" + name + "\"")));
        }
        for (Rival rival : chosen) {
            List<String> missing = Measurement.missing(rival);
            if (!missing.isEmpty()) {
                say(
                        "%s is left out: there is no %s here; on Debian or Ubuntu: apt-get install %s",
                        rival.name(), String.join(", ", missing), rival.debianPackage());
            }
        }
        return chosen;
    }

    /** Again when it was disturbed; the least disturbed attempt would be a choice by result, so the last one counts. */
    private Row row(Measurement measurement, Rival rival, Workload workload, int round)
            throws IOException, InterruptedException {
        Row row = measurement.row(rival, workload, round);
        tell(row);
        for (int i = 0; i < repeats && row.disturbed() != null && row.error() == null; i++) {
            row = measurement.row(rival, workload, round);
            tell(row);
        }
        return row;
    }

    private void tell(Row row) {
        Workload workload = Workload.of(row.workload()).orElseThrow();
        String figures = workload.figures().stream()
                .filter(figure -> row.figure(figure).isPresent())
                .map(figure -> figure.key() + " " + text(row, figure))
                .collect(Collectors.joining("  "));
        String trouble = row.skipped() != null
                ? "skipped: " + row.skipped()
                : row.error() != null
                        ? "ERROR: " + row.error()
                        : row.disturbed() != null ? "disturbed: " + row.disturbed() : "";
        say("%d %-11s %-14s %s  %s", row.round(), row.workload(), row.rival(), figures, trouble);
    }

    private static String text(Row row, Figure figure) {
        return String.format(Locale.ROOT, "%,.2f", row.figure(figure).orElseThrow());
    }

    private void say(String format, Object... values) {
        PrintWriter to = spec.commandLine().getOut();
        to.printf(Locale.ROOT, format + "%n", values);
        to.flush();
    }

    /** As it was typed. */
    private String command() {
        ParseResult parsed = spec.commandLine().getParseResult();
        return ("bin/bench rivals " + String.join(" ", parsed.originalArgs())).strip();
    }
}
