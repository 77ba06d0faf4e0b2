package io.telpher.benchmarks.machine;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counts the calls by which a server makes bytes durable, with {@code strace -c}. It slows the server down a lot, so it goes with a short probe whose rate is not used.
 */
public final class SyncCalls implements AutoCloseable {
    static final String CALLS = "fsync,fdatasync,msync,sync_file_range";

    // strace writes it for each process that it has taken hold of.
    private static final Pattern ATTACHED = Pattern.compile("strace: Process \\d+ attached.*");
    // % time, seconds, usecs/call, calls, perhaps errors, the call's name.
    private static final Pattern COUNTED =
            Pattern.compile("(?m)^\\s*[\\d.]+\\s+[\\d.]+\\s+\\d+\\s+(\\d+)\\s+(?:\\d+\\s+)?(\\w+)\\s*$");
    private static final int ENDS_WITHIN_SECONDS = 20;

    private final Process strace;
    private final Path summary;

    private SyncCalls(Process strace, Path summary) {
        this.strace = strace;
        this.summary = summary;
    }

    /** Whether strace is here and may trace another process. */
    public static boolean possible() {
        return Programs.find("strace").isPresent();
    }

    /** Attached to all threads of all processes of the server, and those they start, when it returns. */
    public static SyncCalls count(ProcessTree server, Path directory) throws IOException {
        Path summary = Files.createTempFile(directory, "strace", ".txt");
        List<String> command =
                new ArrayList<>(List.of("strace", "-f", "-c", "-e", "trace=" + CALLS, "-o", summary.toString()));
        List<Long> pids = server.pids();
        for (long pid : pids) {
            command.add("-p");
            command.add(String.valueOf(pid));
        }
        Process strace = new ProcessBuilder(command).redirectErrorStream(true).start();
        BufferedReader said = strace.inputReader(StandardCharsets.UTF_8);
        for (int attached = 0; attached < pids.size(); attached++) {
            String line = said.readLine();
            if (line == null || !ATTACHED.matcher(line).matches()) {
                strace.destroy();
                throw new IOException("expected strace to attach to the server's processes, got: " + line);
            }
        }
        // What else it says is read by no one and small; a thread drains it all the same, lest strace blocks.
        Thread drain = new Thread(() -> said.lines().forEach(ignored -> {}), "strace-output");
        drain.setDaemon(true);
        drain.start();
        return new SyncCalls(strace, summary);
    }

    /** Detaches; calls since then. */
    public long stop() throws IOException, InterruptedException {
        close();
        return of(Files.readString(summary));
    }

    static long of(String summary) {
        long calls = 0;
        Matcher line = COUNTED.matcher(summary);
        while (line.find()) {
            if (!line.group(2).equals("total")) {
                calls += Long.parseLong(line.group(1));
            }
        }
        return calls;
    }

    @Override
    public void close() throws InterruptedException {
        // It detaches and writes its summary at SIGINT or SIGTERM alike.
        strace.toHandle().destroy();
        if (!strace.waitFor(ENDS_WITHIN_SECONDS, TimeUnit.SECONDS)) {
            strace.destroyForcibly().waitFor();
        }
    }
}
