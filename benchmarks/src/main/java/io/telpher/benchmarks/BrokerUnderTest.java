package io.telpher.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The broker that is measured: one that runs already, or one of our own in another process, with an empty directory. */
final class BrokerUnderTest implements AutoCloseable {
    private static final List<String> JVM = List.of(
            "-Xms1g",
            "-Xmx1g",
            "-XX:+UseParallelGC",
            "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
            "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
            "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED");

    /** Of /proc/PID/stat, counted from the state behind the command's name; in ticks of 10 ms. */
    private static final int USER_TICKS = 11;

    private static final int SYSTEM_TICKS = 12;
    private static final int TICK_MS = 10;

    private final String url;
    private final long pid;
    private final @Nullable Process process;
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
        Path directory = Files.createTempDirectory(parent, "telpher-load-");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), BenchBroker.class.getName()));
        command.add(directory.toString());
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(BenchBroker.READY)) {
                String url = line.substring(BenchBroker.READY.length());
                return new BrokerUnderTest(url, process.pid(), process, directory);
            }
        }
        throw new IOException("the broker did not start");
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
        if (process != null && directory != null) {
            process.destroyForcibly().waitFor();
            try (Stream<Path> tree = Files.walk(directory)) {
                for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
