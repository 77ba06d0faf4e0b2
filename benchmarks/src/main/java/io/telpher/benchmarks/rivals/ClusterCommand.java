package io.telpher.benchmarks.rivals;

import io.telpher.benchmarks.machine.BlockDevice;
import io.telpher.benchmarks.machine.BrokerCommand;
import io.telpher.benchmarks.machine.Machine;
import io.telpher.benchmarks.machine.Shell;
import io.telpher.benchmarks.report.Figure;
import io.telpher.benchmarks.report.Figures;
import io.telpher.broker.cli.bench.OpenLoop;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What three nodes on this machine do and what each of them spends on it: all of them, the load and their disks share the machine. */
@Command(
        name = "cluster",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Three nodes on loopback: submits, tasks through workers, latencies at a steady rate, reads, a disk that is replaced; CPU time, bytes and memory of each node.")
@SuppressWarnings("NullAway.Init") // set by picocli
public final class ClusterCommand implements Callable<Integer> {
    private static final int CONNECTIONS = 4;
    private static final int WINDOW = 256;
    private static final int SLOTS = 64;
    private static final int PENDING_MAX = 20_000;
    private static final int READ_TASKS = 1_000;
    private static final int LIGHT_RATE = 100;
    private static final int FILL_MINUTES = 10;
    private static final double MS = 1e6;
    private static final double MICROS = 1e6;
    private static final double MIB = 1 << 20;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--parts",
            split = ",",
            defaultValue = "submits,trips,latency,reads,install",
            description = "in this order, on one cluster (default: ${DEFAULT-VALUE})")
    private Set<String> parts;

    @Option(names = "--secs", description = "measured, of each (default: ${DEFAULT-VALUE})")
    private int secs = 10;

    @Option(names = "--warm", description = "seconds of each before that (default: ${DEFAULT-VALUE})")
    private int warm = 15;

    @Option(names = "--rate", description = "of latency and reads (default: ${DEFAULT-VALUE})")
    private int rate = 1_000;

    @Option(names = "--size", description = "bytes of payload, at least 8 (default: ${DEFAULT-VALUE})")
    private int size = 2_048;

    @Option(names = "--install", description = "MiB of payload that a new disk is given (default: ${DEFAULT-VALUE})")
    private int installMib = 1_024;

    @Option(names = "--plain", description = "no TLS between the nodes")
    private boolean plain;

    @Option(names = "--socket", description = "trips and submits by sockets, not by the Java client")
    private boolean bySocket;

    @Option(names = "--dir", description = "where the nodes' data goes (default: ${DEFAULT-VALUE})")
    private Path directory = Path.of(System.getProperty("java.io.tmpdir"));

    private PrintWriter out;
    private ClusterNodes nodes;
    private final List<Server> servers = new ArrayList<>();

    public static void main(String[] args) {
        System.exit(new CommandLine(new ClusterCommand()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        out = spec.commandLine().getOut();
        say("%s", Machine.look(directory).text());
        Path root = Files.createTempDirectory(directory, "telpher-cluster-");
        nodes = new ClusterNodes(BrokerCommand.ofThisProject(), root, !plain);
        try {
            servers.addAll(nodes.startAll().separate());
            say(
                    "three nodes, %s between them, payloads of %,d bytes; n%d leads",
                    plain ? "plain" : "TLS both ways", size, nodes.leader());
            Driver driver = bySocket
                    ? new TelpherSocket(
                            ClusterNodes.url(List.of(server(nodes.leader()).port())))
                    : new TelpherClient(nodes.url());
            driver.prepare();
            measure(driver);
        } finally {
            for (Server each : servers) {
                each.kill();
            }
            delete(root);
        }
        return 0;
    }

    private void measure(Driver driver) throws Exception {
        if (parts.contains("submits")) {
            closed("submits", driver, false);
        }
        if (parts.contains("trips")) {
            closed("submit, reserve, ack", driver, true);
        }
        if (parts.contains("latency")) {
            steady(driver);
        }
        if (parts.contains("reads")) {
            reads();
        }
        if (parts.contains("install")) {
            install();
        }
    }

    private Server server(int node) {
        return servers.get(node - 1);
    }

    /** What each node spends between two moments. */
    private final class NodeMeters {
        private final List<Meter> meters = new ArrayList<>();
        private final List<Double> handed = new ArrayList<>();
        private final List<Double> compilers = new ArrayList<>();

        NodeMeters() throws IOException {
            for (Server each : servers) {
                meters.add(Meter.start(each.tree()));
                handed.add(each.tree().handedBytes());
                compilers.add(each.tree().compilerSeconds());
            }
        }

        void end(long tasks) throws IOException, InterruptedException {
            int leader = nodes.leader();
            for (int node = 1; node <= ClusterNodes.COUNT; node++) {
                Figures figures = new Figures();
                meters.get(node - 1).end(tasks, figures);
                double handedNow = server(node).tree().handedBytes() - handed.get(node - 1);
                double compilersNow = server(node).tree().compilerSeconds() - compilers.get(node - 1);
                say(
                        "  n%d %-8s %7.1f us CPU a task and %5.1f of Java's compilers, %5.2f bytes to the disk and %5.2f by calls a byte of payload, RSS %,.0f MiB",
                        node,
                        node == leader ? "leads" : "follows",
                        value(figures, Figure.SERVER_CPU_MS) - compilersNow * MICROS / tasks,
                        compilersNow * MICROS / tasks,
                        value(figures, Figure.WRITTEN_BYTES) / size,
                        handedNow / tasks / size,
                        value(figures, Figure.RSS_MIB));
            }
        }
    }

    /** What the disk under all nodes is given between two moments, both behind a sync; whatever goes on meanwhile goes on during the syncs, too. */
    private final class DiskMeter {
        private final BlockDevice disk = BlockDevice.under(directory);
        private final LongSupplier done;
        private final double bytesBefore;
        private final long tasksBefore;

        /** @param done tasks so far */
        DiskMeter(LongSupplier done) throws IOException, InterruptedException {
            this.done = done;
            disk.sync();
            bytesBefore = written();
            tasksBefore = done.getAsLong();
        }

        void end() throws IOException, InterruptedException {
            disk.sync();
            double bytes = written() - bytesBefore;
            long tasks = done.getAsLong() - tasksBefore;
            if (disk.isCounted()) {
                say(
                        "  each node gave the disk %.2f bytes a byte of payload, as the device counts them",
                        BlockDevice.bytesAByte(bytes, ClusterNodes.COUNT, tasks, size));
            }
        }

        private double written() throws IOException {
            return disk.isCounted() ? disk.writtenBytes() : 0;
        }
    }

    private static double value(Figures figures, Figure figure) {
        return figures.values().getOrDefault(figure.key(), 0.0);
    }

    /** As much as goes. */
    private void closed(String what, Driver driver, boolean worked) throws Exception {
        try (ClosedLoop loop = new ClosedLoop(driver, Payloads.of(size), worked ? PENDING_MAX : Integer.MAX_VALUE)) {
            if (worked) {
                loop.work(CONNECTIONS, SLOTS);
            }
            loop.produce(CONNECTIONS, WINDOW);
            TimeUnit.SECONDS.sleep(warm);
            DiskMeter disk = new DiskMeter(loop::done);
            NodeMeters meters = new NodeMeters();
            Figures figures = new Figures();
            loop.measure(servers.get(0), 0, secs, figures);
            say(
                    "%s: %,.0f/s, confirmed after p50 %.1f ms, p99 %.1f ms; the load %.1f us CPU a task",
                    what,
                    value(figures, Figure.RATE),
                    value(figures, Figure.CONFIRM_P50_MS),
                    value(figures, Figure.CONFIRM_P99_MS),
                    value(figures, Figure.CLIENT_CPU_MS));
            meters.end((long) value(figures, Figure.TASKS));
            disk.end();
        }
    }

    /** Tasks at a fixed rate, through workers. */
    private void steady(Driver driver) throws Exception {
        try (io.telpher.benchmarks.rivals.OpenLoop loop =
                new io.telpher.benchmarks.rivals.OpenLoop(driver, Payloads.of(size), CONNECTIONS)) {
            loop.work(CONNECTIONS, SLOTS, 0);
            Figures figures = new Figures();
            AtomicLong done = new AtomicLong();
            DiskMeter disk = new DiskMeter(done::get);
            NodeMeters meters = new NodeMeters();
            loop.measure(servers.get(0), rate, warm, secs, figures);
            done.set((long) rate * (warm + secs));
            say(
                    "%,d a second: confirmed after p50 %.2f ms, p99 %.2f, max %.2f; in a handler after p50 %.2f ms, p99 %.2f, max %.2f",
                    rate,
                    value(figures, Figure.CONFIRM_P50_MS),
                    value(figures, Figure.CONFIRM_P99_MS),
                    value(figures, Figure.CONFIRM_MAX_MS),
                    value(figures, Figure.START_P50_MS),
                    value(figures, Figure.START_P99_MS),
                    value(figures, Figure.START_MAX_MS));
            meters.end(done.get());
            disk.end();
        }
    }

    /** GETs of single tasks at a fixed rate; each is answered when a majority has said that the node still leads. */
    private void reads() throws Exception {
        Latencies latencies = new Latencies();
        Trouble trouble = new Trouble();
        try (Telpher telpher = Telpher.connect(nodes.url())) {
            List<Long> ids = new ArrayList<>();
            for (int i = 0; i < READ_TASKS; i++) {
                TaskSpec task = TaskSpec.type("work")
                        .queue("reads")
                        .payload(Payloads.of(size).next(0));
                ids.add(telpher.submit(task).taskId());
            }
            long from = System.nanoTime() + TimeUnit.SECONDS.toNanos(warm);
            latencies.window(from, from + TimeUnit.SECONDS.toNanos(secs));
            NodeMeters meters = new NodeMeters();
            long count = (long) rate * (warm + secs);
            OpenLoop.run(rate, count, trouble::isOver, (number, due) -> telpher.getAsync(
                            ids.get((int) (number % READ_TASKS)), true)
                    .whenComplete((task, refused) -> {
                        latencies.record(due);
                        if (refused != null) {
                            trouble.add(refused);
                        }
                    }));
            Histogram times = latencies.histogram();
            say(
                    "%,d GETs a second: p50 %.2f ms, p99 %.2f, max %.2f",
                    rate,
                    times.getValueAtPercentile(50) / MS,
                    times.getValueAtPercentile(99) / MS,
                    times.getMaxValue() / MS);
            meters.end(count);
            trouble.requireNone();
        }
    }

    /** A follower loses its disk and gets another one, beside a light load. */
    private void install() throws Exception {
        fill((long) installMib << 20);
        int leader = nodes.leader();
        int lost = leader % ClusterNodes.COUNT + 1;
        server(lost).kill();
        delete(nodes.directory(lost));
        try (Light light = new Light()) {
            double cpuBefore = server(leader).tree().cpuSeconds();
            double handedBefore = server(leader).tree().handedBytes();
            long start = System.nanoTime();
            nodes.replace(lost);
            double copied = seconds(start);
            double handed = server(leader).tree().handedBytes() - handedBefore;
            double cpu = server(leader).tree().cpuSeconds() - cpuBefore;
            servers.set(lost - 1, nodes.begin(lost));
            server(lost).awaitPort();
            double started = seconds(start);
            nodes.awaitMember(lost);
            nodes.awaitCaughtUp(lost);
            double caughtUp = seconds(start);
            Histogram confirms = light.end();
            say(
                    "install of %,d MiB of payload beside %d submits a second: copied and read after %.1f s, serves after %.1f, a member that has everything after %.1f s",
                    installMib, LIGHT_RATE, copied, started, caughtUp);
            say(
                    "  the leader gave %,.0f MiB (its whole writes meanwhile) for %.1f s of CPU; the new disk has %,.0f MiB; submits meanwhile p50 %.2f ms, p99 %.2f, max %.2f",
                    handed / MIB,
                    cpu,
                    bytes(nodes.directory(lost)) / MIB,
                    confirms.getValueAtPercentile(50) / MS,
                    confirms.getValueAtPercentile(99) / MS,
                    confirms.getMaxValue() / MS);
            for (int node = 1; node <= ClusterNodes.COUNT; node++) {
                say("  n%d RSS %,.0f MiB", node, server(node).tree().rssBytes() / MIB);
            }
        }
    }

    private static double seconds(long startNanos) {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    /** Tasks that wait, of that many bytes of payload together. */
    private void fill(long bytes) throws Exception {
        Payloads payloads = Payloads.of(size);
        Semaphore room = new Semaphore(CONNECTIONS * WINDOW);
        Trouble trouble = new Trouble();
        try (Telpher telpher = Telpher.connect(nodes.url())) {
            for (long i = 0; i < bytes / size; i++) {
                acquire(room, 1);
                trouble.requireNone();
                telpher.submitAsync(TaskSpec.type("work").queue("waiting").payload(payloads.next(0)))
                        .whenComplete((submission, refused) -> {
                            room.release();
                            if (refused != null) {
                                trouble.add(refused);
                            }
                        });
            }
            acquire(room, CONNECTIONS * WINDOW);
            trouble.requireNone();
        }
    }

    private static void acquire(Semaphore room, int confirms) throws InterruptedException {
        if (!room.tryAcquire(confirms, FILL_MINUTES, TimeUnit.MINUTES)) {
            throw new IllegalStateException("no confirm within " + FILL_MINUTES + " minutes");
        }
    }

    /** Submits beside something else, few a second. */
    private final class Light implements AutoCloseable {
        private final Telpher telpher = Telpher.connect(nodes.url());
        private final Latencies confirms = new Latencies();
        private final Trouble trouble = new Trouble();
        private final Payloads payloads = Payloads.of(size);
        private final Thread thread = new Thread(this::run, "light-load");

        Light() {
            confirms.window(System.nanoTime(), System.nanoTime() + TimeUnit.HOURS.toNanos(1));
            thread.setDaemon(true);
            thread.start();
        }

        private void run() {
            OpenLoop.run(LIGHT_RATE, Long.MAX_VALUE, trouble::isOver, (number, due) -> telpher.submitAsync(
                            TaskSpec.type("work").queue("light").payload(payloads.next(due)))
                    .whenComplete((submission, refused) -> {
                        confirms.record(due);
                        if (refused != null) {
                            trouble.add(refused);
                        }
                    }));
        }

        /** @return times until the submits were confirmed */
        Histogram end() throws InterruptedException {
            trouble.requireNone();
            trouble.over();
            thread.join();
            return confirms.histogram();
        }

        @Override
        public void close() {
            trouble.over();
            telpher.close();
        }
    }

    private void say(String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
        out.flush();
    }

    /** As the disk counts them, without holes. */
    private static double bytes(Path directory) throws IOException, InterruptedException {
        return Double.parseDouble(Shell.firstMatch("(\\d+)", "du", "-s", "-B1", directory.toString()));
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
