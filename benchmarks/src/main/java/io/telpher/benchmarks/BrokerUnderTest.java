package io.telpher.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The broker that is measured: one that runs already, or one of our own in another process, with an empty directory. */
final class BrokerUnderTest implements AutoCloseable {
    /** What {@code bin/broker} prints when it serves. */
    private static final Pattern READY = Pattern.compile("ready binary=(\\S+) http=(\\S+)");

    private static final Pattern COPIED = Pattern.compile("(?m)^telpher_journal_copied_bytes_total (\\S+)$");

    /** Of /proc/PID/stat, counted from the state behind the command's name; in ticks of 10 ms. */
    private static final int USER_TICKS = 11;

    private static final int SYSTEM_TICKS = 12;
    private static final int TICK_MS = 10;

    /** A generation's line of GC.heap_info, not those of its parts. */
    private static final Pattern USED = Pattern.compile("(?m)Gen\\s+total \\d+K, used (\\d+)K");

    private String url;
    private String http = "";
    private long pid;
    private @Nullable Process process;
    private final @Nullable Path directory;

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

    private Path ownDirectory() {
        Path own = directory;
        if (own == null) {
            throw new IllegalStateException("a broker of somebody else's");
        }
        return own;
    }

    private void start() throws IOException {
        // The very command of an operator, with its flags and its archive of classes: a start is measured too.
        Process started = new ProcessBuilder(
                        launcher(),
                        "--set",
                        "journal.dir=" + ownDirectory(),
                        "--set",
                        "listen.port=0",
                        "--set",
                        "http.port=0")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
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

    private static String launcher() {
        String home = System.getProperty("telpher.home");
        if (home == null) {
            throw new IllegalStateException("start it by bin/bench: it says where bin/broker is");
        }
        return Path.of(home, "bin", "broker").toString();
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
        long kib = 0;
        Matcher used = USED.matcher(jcmd("GC.heap_info"));
        while (used.find()) {
            kib += Long.parseLong(used.group(1));
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
        try (InputStream metrics = URI.create(http + "/metrics").toURL().openStream()) {
            Matcher copied = COPIED.matcher(new String(metrics.readAllBytes(), StandardCharsets.UTF_8));
            if (!copied.find()) {
                throw new IOException("no " + COPIED + " among the metrics");
            }
            return (long) Double.parseDouble(copied.group(1));
        }
    }

    String url() {
        return url;
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
