package io.telpher.benchmarks.latency;

import io.telpher.benchmarks.BrokerUnderTest;
import io.telpher.benchmarks.machine.Machine;
import io.telpher.benchmarks.report.HtmlPage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Latency at a steady rate over minutes: percentiles of each second, and what the broker, the disk and the machine did in it. */
@Command(
        name = "latency",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Submit to handler at a steady rate over minutes, from the moment each task was due: p50, p99, p99.9 and the longest of each"
                        + " second, with GC, syncs, snapshots, compaction and stolen CPU marked, and the worst second explained.")
@SuppressWarnings("NullAway.Init") // set by picocli
public final class LatencyCommand implements Callable<Integer> {
    private static final int DRAIN_SECONDS = 60;
    private static final double MS = 1e6;
    private static final int SECONDS_A_MINUTE = 60;

    @Spec
    private CommandSpec spec;

    @Option(names = "--minutes", description = "measured (default: ${DEFAULT-VALUE})")
    private double minutes = 10;

    @Option(names = "--rate", description = "tasks a second (default: ${DEFAULT-VALUE})")
    private int rate = 5_000;

    @Option(names = "--warm", description = "seconds at that rate before that (default: ${DEFAULT-VALUE})")
    private int warm = 20;

    @Option(names = "--size", description = "bytes of payload, at least 8 (default: ${DEFAULT-VALUE})")
    private int size = 2048;

    @Option(names = "--dir", description = "where the broker's data goes (default: ${DEFAULT-VALUE})")
    private Path directory = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(names = "--out", description = "the plot goes to FILE.html (default: ${DEFAULT-VALUE})")
    private Path out = Path.of("latency");

    public static void main(String[] args) {
        System.exit(new CommandLine(new LatencyCommand()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        int seconds = (int) Math.round(minutes * SECONDS_A_MINUTE);
        if (seconds < 1 || rate < 1 || warm < 0) {
            throw new ParameterException(
                    spec.commandLine(),
                    "expected --minutes of a second or more, --rate of 1 or more and --warm of 0 or more, got "
                            + minutes + ", " + rate + " and " + warm);
        }
        Path logs = Files.createTempDirectory(directory, "telpher-latency-");
        Path jvmLog = logs.resolve("jvm.log");
        Path brokerLog = logs.resolve("broker.log");
        try (BrokerUnderTest broker = BrokerUnderTest.spawn(
                directory, brokerLog, "-Xlog:gc,safepoint:file=" + jvmLog + ":time:filecount=0", "log.format=text")) {
            say("%s", Machine.look(directory).text());
            measure(broker, seconds, jvmLog, brokerLog);
        } finally {
            Files.deleteIfExists(jvmLog);
            Files.deleteIfExists(brokerLog);
            Files.delete(logs);
        }
        return 0;
    }

    private void measure(BrokerUnderTest broker, int seconds, Path jvmLog, Path brokerLog) throws Exception {
        long warmNanos = TimeUnit.SECONDS.toNanos(warm);
        // Histograms first: to make them takes a while, and the load is not to start late.
        AtomicReference<@Nullable Series> recording = new AtomicReference<>();
        try (SteadyLoad load = new SteadyLoad(broker.url(), Math.max(Long.BYTES, size), due -> {
            Series series = recording.get();
            if (series != null) {
                series.record(due, System.nanoTime());
            }
        })) {
            long startNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
            long startMs = System.currentTimeMillis() + TimeUnit.SECONDS.toMillis(1 + warm);
            Series series = new Series(startNanos + warmNanos, seconds);
            recording.set(series);
            Watch watch = new Watch(startMs, broker::metrics, broker.tree());
            AtomicReference<@Nullable Exception> failed = new AtomicReference<>();
            ScheduledExecutorService watching = Executors.newSingleThreadScheduledExecutor();
            try {
                watching.scheduleAtFixedRate(() -> look(watch, failed), 1, 1, TimeUnit.SECONDS);
                long tasks = (long) rate * (warm + seconds);
                load.submit(startNanos, rate, tasks);
                load.awaitStarted(tasks, DRAIN_SECONDS);
            } finally {
                watching.shutdownNow();
            }
            Exception failure = failed.get();
            if (failure != null) {
                throw failure;
            }
            BrokerLogs logs = new BrokerLogs(Instant.ofEpochMilli(startMs));
            List<Event> events = new ArrayList<>(watch.events());
            events.addAll(logs.jvm(jvmLog));
            events.addAll(logs.broker(brokerLog));
            events.removeIf(event -> !event.overlaps(0, (double) TimeUnit.SECONDS.toMillis(seconds)));
            events.sort(Comparator.comparingDouble(Event::startMs));
            report(series, events);
        }
    }

    private static void look(Watch watch, AtomicReference<@Nullable Exception> failed) {
        try {
            watch.look();
        } catch (IOException | RuntimeException e) {
            failed.compareAndSet(null, e);
        }
    }

    private void report(Series series, List<Event> events) throws IOException {
        Histogram whole = series.whole();
        String figures = String.format(
                Locale.ROOT,
                "%,d tasks/s of %,d bytes over %d s, from due to handler: p50 %.2f, p99 %.2f, p99.9 %.2f, longest %.1f ms",
                rate,
                size,
                series.count(),
                whole.getValueAtPercentile(50) / MS,
                whole.getValueAtPercentile(99) / MS,
                whole.getValueAtPercentile(99.9) / MS,
                whole.getMaxValue() / MS);
        say("%s", figures);
        for (Event.Kind kind : Event.Kind.values()) {
            List<Event> its =
                    events.stream().filter(event -> event.kind() == kind).toList();
            double longestMs = its.stream()
                    .mapToDouble(event -> event.endMs() - event.startMs())
                    .max()
                    .orElse(0);
            if (!its.isEmpty()) {
                say(
                        kind.isSampled() ? "  %s: in %d looks, one a second" : "  %s: %d, the longest %.1f ms",
                        kind.text(),
                        its.size(),
                        longestMs);
            }
        }
        String worst = "The worst " + Explanation.of(series, series.worst(), events);
        say("%s", worst);
        Path page = Path.of(out + ".html");
        HtmlPage.write(
                page,
                "Telpher: latency over time",
                "latency.js",
                Map.of(
                        "figures",
                        figures,
                        "worst",
                        worst,
                        "p50",
                        each(series, second -> series.percentileMs(second, 50)),
                        "p99",
                        each(series, second -> series.percentileMs(second, 99)),
                        "p999",
                        each(series, second -> series.percentileMs(second, 99.9)),
                        "max",
                        each(series, series::maxMs),
                        "events",
                        events.stream()
                                .map(event -> Map.of(
                                        "kind", event.kind().text(),
                                        "from", event.startMs(),
                                        "to", event.endMs(),
                                        "text", event.text()))
                                .toList()));
        say("%s", page);
    }

    private static double[] each(Series series, java.util.function.IntToDoubleFunction value) {
        DoubleStream values = IntStream.range(0, series.count()).mapToDouble(value);
        return values.toArray();
    }

    private void say(String format, Object... values) {
        PrintWriter to = spec.commandLine().getOut();
        to.printf(Locale.ROOT, format + "%n", values);
        to.flush();
    }
}
