package io.telpher.benchmarks;

import io.telpher.benchmarks.machine.BrokerCommand;
import io.telpher.benchmarks.machine.ProcessTree;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The broker that is measured: one that runs already, or one of our own in another process, with an empty directory. */
public final class BrokerUnderTest implements AutoCloseable {
    /** What {@code bin/broker} prints when it serves. */
    private static final Pattern READY = Pattern.compile("ready binary=(\\S+) http=(\\S+)");

    private static final Pattern COPIED = Pattern.compile("(?m)^telpher_journal_copied_bytes_total (\\S+)$");

    /** Of /proc/PID/stat, counted from the state behind the command's name; in ticks of 10 ms. */
    private static final int USER_TICKS = 11;

    private static final int SYSTEM_TICKS = 12;
    private static final int TICK_MS = 10;

    /** A generation's line of GC.heap_info, not those of its parts; with G1 that of the heap. */
    private static final Pattern USED =
            Pattern.compile("(?m)(?:Gen|garbage-first heap|generation)\\s+total \\d+K, used (\\d+)K");

    private String url;
    private String http = "";
    private long pid;
    private @Nullable Process process;
    private final @Nullable Path directory;
    private List<String> settings = List.of();
    private ProcessBuilder.Redirect errors = ProcessBuilder.Redirect.INHERIT;
    private String javaOptions = Objects.requireNonNullElse(System.getenv("JAVA_OPTS"), "");

    private BrokerUnderTest(String url, long pid, @Nullable Process process, @Nullable Path directory) {
        this.url = url;
        this.pid = pid;
        this.process = process;
        this.directory = directory;
    }

    /** @param pid 0 = its CPU time is not known */
    static BrokerUnderTest running(String url, long pid) {
        return new BrokerUnderTest(url, pid, null, null);
    }

    /** @param parent where its data directory is made */
    static BrokerUnderTest spawn(Path parent) throws IOException {
        BrokerUnderTest broker = new BrokerUnderTest("", 0, null, Files.createTempDirectory(parent, "telpher-load-"));
        broker.start();
        return broker;
    }

    /**
     * One whose log can be read afterwards.
     *
     * @param parent where its data directory is made
     * @param log its stderr goes there
     * @param options for Java, beside those of bin/broker
     * @param settings each {@code key=value}, beside those for the directory and the ports
     */
    public static BrokerUnderTest spawn(Path parent, Path log, String options, String... settings) throws IOException {
        BrokerUnderTest broker = new BrokerUnderTest("", 0, null, Files.createTempDirectory(parent, "telpher-load-"));
        broker.errors = ProcessBuilder.Redirect.to(log.toFile());
        broker.javaOptions = broker.javaOptions + " " + options;
        broker.settings = List.of(settings);
        broker.start();
        return broker;
    }

    private Path ownDirectory() {
        Path own = directory;
        if (own == null) {
            throw new IllegalStateException("a broker of somebody else's");
        }
        return own;
    }

    private void start() throws IOException {
        List<String> command = new ArrayList<>(BrokerCommand.ofThisProject());
        command.addAll(
                List.of("--set", "journal.dir=" + ownDirectory(), "--set", "listen.port=0", "--set", "http.port=0"));
        settings.forEach(setting -> command.addAll(List.of("--set", setting)));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors);
        builder.environment().put("JAVA_OPTS", javaOptions);
        Process started = builder.start();
        // Also when this process is interrupted.
        Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly, "end-broker"));
        BufferedReader out =
                new BufferedReader(new InputStreamReader(started.getInputStream(), StandardCharsets.UTF_8));
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("ready ")) {
                Matcher ports = READY.matcher(line);
                if (!ports.matches()) {
                    throw new IOException("not what a broker says: " + line);
                }
                url = "tq://" + ports.group(1);
                http = "http://" + ports.group(2);
                pid = started.pid();
                process = started;
                return;
            }
        }
        throw new IOException("the broker did not start");
    }

    /** Kill -9, and start again on what that left. */
    void restart() throws IOException, InterruptedException {
        kill();
        start();
    }

    private void kill() throws InterruptedException {
        Process running = process;
        if (running != null) {
            running.destroyForcibly().waitFor();
        }
    }

    /** Bytes of heap in use after a full collection. */
    long heapBytes() throws IOException, InterruptedException {
        jcmd("GC.run");
        return usedBytes(jcmd("GC.heap_info"));
    }

    static long usedBytes(String heapInfo) {
        long kib = 0;
        Matcher used = USED.matcher(heapInfo);
        while (used.find()) {
            kib += Long.parseLong(used.group(1));
        }
        if (kib == 0) {
            throw new IllegalStateException("a heap of an unknown kind: " + heapInfo);
        }
        return kib << 10;
    }

    private String jcmd(String command) throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        String.valueOf(pid),
                        command)
                .redirectErrorStream(true)
                .start();
        String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (jcmd.waitFor() != 0) {
            throw new IOException("jcmd " + command + " failed: " + said);
        }
        return said;
    }

    /** Memory that is not the page cache's, in bytes. */
    long anonymousBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc", String.valueOf(pid), "status")).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .sum();
    }

    /** Appended again by compaction, so far. */
    long copiedBytes() throws IOException {
        Matcher copied = COPIED.matcher(metrics());
        if (!copied.find()) {
            throw new IOException("no " + COPIED + " among the metrics");
        }
        return (long) Double.parseDouble(copied.group(1));
    }

    /** In Prometheus' form. */
    public String metrics() throws IOException {
        try (InputStream metrics = URI.create(http + "/metrics").toURL().openStream()) {
            return new String(metrics.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Of its binary port, for {@code Telpher.connect}. */
    public String url() {
        return url;
    }

    /** Of its HTTP port, without a slash at the end. */
    String httpUrl() {
        return http;
    }

    /** Its process; what that started with it. */
    public ProcessTree tree() {
        return ProcessTree.of(pid);
    }

    /** User and system time so far, in ms; 0 when unknown. */
    long cpuMs() throws IOException {
        if (pid == 0) {
            return 0;
        }
        String stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return TICK_MS * (Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]));
    }

    /** Kills the broker that was spawned, and removes its data. */
    @Override
    public void close() throws IOException, InterruptedException {
        if (directory != null) {
            kill();
            try (Stream<Path> tree = Files.walk(directory)) {
                for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
