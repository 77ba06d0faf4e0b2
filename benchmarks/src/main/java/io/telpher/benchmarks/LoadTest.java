package io.telpher.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Puts load on a broker through the client, and says what came of it. */
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "W1: submits only. W2: submits, workers at once. W3: open loop at a rate. W4: a backlog, kill -9, restart. W5: one at a time."
                        + " W6: tasks delayed up to 30 days, and how late those are that fall due. W7: W3 while compaction copies."
                        + " W8: searches through a backlog, and what others notice of them.")
@SuppressWarnings("NullAway.Init") // set by picocli
public final class LoadTest implements Callable<Integer> {
    private enum Workload {
        W1,
        W2,
        W3,
        W4,
        W5,
        W6,
        W7,
        W8
    }

    private static final Set<Workload> ON_OUR_OWN = EnumSet.of(Workload.W4, Workload.W6, Workload.W7, Workload.W8);

    private static final int WARM_UP_PENDING = 1_000;

    @Parameters(arity = "1..*", description = "${COMPLETION-CANDIDATES}")
    private Workload[] workloads;

    @Option(names = "--url", description = "a broker that runs; default: one of our own, with an empty directory")
    private @Nullable String url;

    @Option(names = "--pid", description = "that broker's process, for its CPU time")
    private long pid;

    @Option(names = "--dir", description = "where our own broker's data goes (default: ${DEFAULT-VALUE})")
    private Path directory = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(names = "--secs", description = "measured time (default: ${DEFAULT-VALUE})")
    private int secs = 10;

    @Option(names = "--warm", description = "seconds before that (default: ${DEFAULT-VALUE})")
    private int warm = 5;

    @Option(names = "--rate", description = "W3, W6, W7: tasks per second (default: ${DEFAULT-VALUE})")
    private int rate = 1000;

    @Option(names = "--size", description = "bytes of payload, at least 8 (default: ${DEFAULT-VALUE})")
    private int size = 2048;

    @Option(names = "--connections", description = "producers, and as many workers (default: ${DEFAULT-VALUE})")
    private int connections = 4;

    @Option(names = "--window", description = "under way per connection (default: ${DEFAULT-VALUE})")
    private int window = 256;

    @Option(names = "--tasks", description = "W4, W6, W8: waiting tasks (default: ${DEFAULT-VALUE})")
    private int tasks = 1_000_000;

    @Option(names = "--pending", description = "W2: submitted and not handled, at most (default: ${DEFAULT-VALUE})")
    private int pending = 20_000;

    @Option(names = "--queues", description = "W1, W2, W3: the tasks go to so many in turn (default: ${DEFAULT-VALUE})")
    private int queues = 1;

    public static void main(String[] args) {
        System.exit(new CommandLine(new LoadTest()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (url != null && List.of(workloads).stream().anyMatch(ON_OUR_OWN::contains)) {
            System.err.println(
                    "W4 kills the broker, W6 and W7 look into it, W8 fills it, so they take one of their own: leave --url out");
            return CommandLine.ExitCode.USAGE;
        }
        for (Workload workload : workloads) {
            try (BrokerUnderTest broker =
                    url == null ? BrokerUnderTest.spawn(directory) : BrokerUnderTest.running(url, pid)) {
                switch (workload) {
                    case W4 -> new Backlog(broker, shape(broker, connections, window), tasks, secs).run();
                    case W6 -> {
                        warmUp(broker);
                        new Delays(broker, shape(broker, connections, window), tasks, rate, secs).run();
                    }
                    case W7 -> {
                        warmUp(broker);
                        new BesideCompaction(broker, shape(broker, connections, window), rate, secs).run();
                    }
                    case W8 -> new Searches(broker, shape(broker, connections, window), tasks, secs).run();
                    default -> run(workload, broker);
                }
            }
        }
        return 0;
    }

    private Load.Shape shape(BrokerUnderTest broker, int links, int underWay) {
        return new Load.Shape(broker.url(), links, underWay, Math.max(Long.BYTES, size), pending, queues);
    }

    private void run(Workload workload, BrokerUnderTest broker) throws IOException, InterruptedException {
        boolean single = workload == Workload.W5;
        if (single || workload == Workload.W3) {
            warmUp(broker);
        }
        Load.Shape shape = shape(broker, single ? 1 : connections, single ? 1 : window);
        try (Load load = new Load(shape)) {
            start(workload, load);
            TimeUnit.SECONDS.sleep(warm);
            load.startRecording();
            long tasks = count(workload, load);
            long cpuMs = broker.cpuMs();
            long start = System.nanoTime();
            TimeUnit.SECONDS.sleep(secs);
            double seconds = (System.nanoTime() - start) / 1e9;
            tasks = count(workload, load) - tasks;
            cpuMs = broker.cpuMs() - cpuMs;
            load.requireSound();
            report(workload, tasks / seconds, cpuMs * 1000.0 / tasks, load.latencies());
        }
    }

    /** At a thousand tasks a second the JIT compilers are at it for minutes; what is measured here is the time after that. */
    private void warmUp(BrokerUnderTest broker) throws InterruptedException {
        Load.Shape shape =
                new Load.Shape(broker.url(), connections, window, Math.max(Long.BYTES, size), WARM_UP_PENDING, queues);
        try (Load load = new Load(shape)) {
            load.work();
            load.produce();
            TimeUnit.SECONDS.sleep(warm);
            load.finish();
        }
    }

    private void start(Workload workload, Load load) {
        switch (workload) {
            case W1 -> load.produce();
            case W2 -> {
                load.work();
                load.produce();
            }
            case W3 -> {
                load.workAndTime();
                Thread producer =
                        new Thread(() -> load.produceAt(rate, TimeUnit.SECONDS.toNanos(warm + secs + 1L)), "open-loop");
                producer.setDaemon(true);
                producer.start();
            }
            case W4, W6, W7, W8 -> throw new IllegalStateException(workload + " is no load over time");
            case W5 -> {
                load.work();
                load.oneByOne();
            }
        }
    }

    private static long count(Workload workload, Load load) {
        return workload == Workload.W1 || workload == Workload.W5 ? load.submitted() : load.handled();
    }

    static String times(Histogram latencies) {
        return String.format(
                "ms p50 %.2f p99 %.2f p99.9 %.2f max %.2f",
                latencies.getValueAtPercentile(50) / 1e6,
                latencies.getValueAtPercentile(99) / 1e6,
                latencies.getValueAtPercentile(99.9) / 1e6,
                latencies.getMaxValue() / 1e6);
    }

    private static void report(Workload workload, double rate, double cpuMs, Histogram latencies) {
        String times = latencies.getTotalCount() == 0 ? "" : "  " + times(latencies);
        System.out.printf("%s  %,.0f/s  %.1f server CPU-ms per 1,000 tasks%s%n", workload, rate, cpuMs, times);
    }
}
