package io.telpher.benchmarks.latency;

import io.telpher.benchmarks.BrokerUnderTest;
import io.telpher.benchmarks.machine.Machine;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Latency of small tasks alone, and beside large ones that go through the same broker one after the other. */
@Command(
        name = "large",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Submit to handler of small tasks at a steady rate: alone, beside payloads of 256 KiB, beside payloads of 16 MiB.")
@SuppressWarnings("NullAway.Init") // set by picocli
public final class LargeCommand implements Callable<Integer> {
    private static final List<Integer> SIZES = List.of(0, 256 << 10, 16 << 20);
    private static final int DRAIN_SECONDS = 60;
    private static final double MS = 1e6;

    @Spec
    private CommandSpec spec;

    @Option(names = "--secs", description = "of each (default: ${DEFAULT-VALUE})")
    private int secs = 10;

    @Option(names = "--warm", description = "seconds of each before that (default: ${DEFAULT-VALUE})")
    private int warm = 5;

    @Option(names = "--rate", description = "small tasks a second (default: ${DEFAULT-VALUE})")
    private int rate = 1_000;

    @Option(names = "--size", description = "bytes of a small one, at least 8 (default: ${DEFAULT-VALUE})")
    private int size = 256;

    @Option(names = "--dir", description = "where the broker's data goes (default: ${DEFAULT-VALUE})")
    private Path directory = Path.of(System.getProperty("java.io.tmpdir"));

    public static void main(String[] args) {
        System.exit(new CommandLine(new LargeCommand()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        Path log = Files.createTempFile(directory, "telpher-large-", ".log");
        PrintWriter out = spec.commandLine().getOut();
        out.println(Machine.look(directory).text());
        out.println(
                "| small tasks, " + rate + " a second | p50 ms | p99 ms | p99.9 ms | longest ms | large ones, MiB/s |");
        out.println("|---|---|---|---|---|---|");
        out.flush();
        try {
            for (int large : SIZES) {
                try (BrokerUnderTest broker = BrokerUnderTest.spawn(directory, log, "", "limits.max_payload=16MiB")) {
                    out.println(row(broker.url(), large));
                    out.flush();
                }
            }
        } finally {
            Files.delete(log);
        }
        return 0;
    }

    private String row(String url, int large) throws Exception {
        AtomicReference<@Nullable Series> recording = new AtomicReference<>();
        try (SteadyLoad small = new SteadyLoad(url, Math.max(Long.BYTES, size), due -> {
                    Series series = recording.get();
                    if (series != null) {
                        series.record(due, System.nanoTime());
                    }
                });
                LargeOnes beside = new LargeOnes(url, large)) {
            long startNanos = System.nanoTime();
            Series series = new Series(startNanos + TimeUnit.SECONDS.toNanos(warm), secs);
            recording.set(series);
            long tasks = (long) rate * (warm + secs);
            small.submit(startNanos, rate, tasks);
            small.awaitStarted(tasks, DRAIN_SECONDS);
            double largeMib = beside.mibPerSecond(System.nanoTime() - startNanos);
            Histogram times = series.whole();
            return String.format(
                    Locale.ROOT,
                    "| %s | %.2f | %.2f | %.2f | %.1f | %.1f |",
                    large == 0 ? "alone" : "beside payloads of " + (large >> 10) + " KiB",
                    times.getValueAtPercentile(50) / MS,
                    times.getValueAtPercentile(99) / MS,
                    times.getValueAtPercentile(99.9) / MS,
                    times.getMaxValue() / MS,
                    largeMib);
        }
    }

    /** Submitted one after the other on a connection of their own, and taken by a worker on another. */
    private static final class LargeOnes implements AutoCloseable {
        private static final String QUEUE = "large";

        private final Telpher telpher;
        private final Worker worker;
        private final LongAdder bytes = new LongAdder();
        private final AtomicReference<@Nullable RuntimeException> refused = new AtomicReference<>();
        private volatile boolean closing;

        /** @param size of each; 0 = there are none */
        LargeOnes(String url, int size) {
            telpher = Telpher.connect(url);
            worker = telpher.worker(QUEUE).start(task -> {
                bytes.add(task.payload().length);
                return Result.NONE;
            });
            if (size > 0) {
                byte[] payload = new byte[size];
                new Random(1).nextBytes(payload);
                Thread thread = new Thread(() -> submit(payload), "large");
                thread.setDaemon(true);
                thread.start();
            }
        }

        private void submit(byte[] payload) {
            try {
                while (!closing) {
                    telpher.submit(TaskSpec.type("work").queue(QUEUE).payload(payload));
                }
            } catch (RuntimeException e) {
                if (!closing) {
                    refused.compareAndSet(null, e);
                }
            }
        }

        double mibPerSecond(long nanos) {
            RuntimeException failure = refused.get();
            if (failure != null) {
                throw failure;
            }
            return bytes.sum() / (double) (1 << 20) * 1e9 / nanos;
        }

        @Override
        public void close() {
            closing = true;
            worker.cut();
            telpher.close();
        }
    }
}
