package io.telpher.broker.torture;

import io.telpher.broker.ChildJava;
import io.telpher.testing.faults.WallClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A broker as operators start it: the command {@code broker}, from the built jar or from this class path. */
final class RealBroker {
    /** The built jar; without it the classes of this run are used. */
    static final String JAR = System.getProperty("telpher.jar", "");

    /** The archive of the jar's classes that bin/broker starts with; without it a start takes twice the time. */
    private static final String ARCHIVE = System.getProperty("telpher.archive", "");

    private static final int START_SECONDS_MAX = 120;
    private static final int STOP_SECONDS_MAX = 90;
    private static final Pattern READY = Pattern.compile("ready binary=\\S+:(\\d+) http=\\S+:(\\d+)");
    private final List<String> before;
    private final Path output;
    private final @Nullable WallClock clock;
    private @Nullable Process process;
    private Path lastOutput;
    private List<String> settings;
    private int starts;

    /** @param work where its output goes, a file for each start */
    RealBroker(Path data, int partitions, Path work) throws IOException {
        this(
                List.of(),
                List.of("journal.dir=" + data, "broker.partitions=" + partitions, "listen.port=0", "http.port=0"),
                work);
    }

    /**
     * @param before what stands before its command, which keeps the process id
     * @param settings as {@code key=value}
     * @param work where its output goes, a file for each start
     */
    RealBroker(List<String> before, List<String> settings, Path work) throws IOException {
        this.before = List.copyOf(before);
        this.settings = List.copyOf(settings);
        this.output = Files.createDirectory(work.resolve("output"));
        this.lastOutput = output;
        this.clock = WallClock.missing() == null ? WallClock.in(work) : null;
    }

    record Ports(int binary, int http) {}

    /** Its wall clock; null where none can be made. */
    @Nullable
    WallClock clock() {
        return clock;
    }

    /** From the next start on. */
    void settings(List<String> now) {
        settings = List.copyOf(now);
    }

    void begin(int heapMb) throws IOException {
        if (isAlive()) {
            throw new IllegalStateException("it runs already");
        }
        process = begin(heapMb, List.of("broker"));
    }

    /** Another command of this program, with the same settings and in the same place; returns its exit code. */
    int command(int heapMb, List<String> words) throws IOException, InterruptedException {
        return begin(heapMb, words).waitFor();
    }

    private Process begin(int heapMb, List<String> words) throws IOException {
        starts++;
        lastOutput = output.resolve(starts + ".txt");
        ProcessBuilder builder = new ProcessBuilder(whole(heapMb, words));
        if (clock != null) {
            builder.environment().putAll(clock.environment());
        }
        return builder.redirectErrorStream(true)
                .redirectOutput(lastOutput.toFile())
                .start();
    }

    private List<String> whole(int heapMb, List<String> words) {
        List<String> command = new ArrayList<>(before);
        List<String> options = List.of(
                "-Xmx" + heapMb + "m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:-UsePerfData");
        if (JAR.isEmpty()) {
            command.addAll(ChildJava.command(options, "io.telpher.broker.cli.Main"));
        } else {
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(options);
            if (ARCHIVE.endsWith(".aot")) { // of Java 25 and later
                command.addAll(List.of("-XX:AOTCache=" + ARCHIVE, "-Xlog:aot*=off"));
            } else if (!ARCHIVE.isEmpty()) {
                command.addAll(List.of("-XX:SharedArchiveFile=" + ARCHIVE, "-Xshare:auto"));
            }
            command.addAll(List.of("-Xlog:cds*=off", "-Xlog:class+path=off"));
            command.addAll(List.of("-jar", JAR));
        }
        command.addAll(words);
        settings.forEach(setting -> command.addAll(List.of("--set", setting)));
        return command;
    }

    /** Waits for its line {@code ready}; null when it ended before. */
    @Nullable
    Ports awaitReady() throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS_MAX);
        while (System.nanoTime() < deadline) {
            boolean alive = isAlive();
            Matcher ready = READY.matcher(lastOutput());
            if (ready.find()) {
                return new Ports(Integer.parseInt(ready.group(1)), Integer.parseInt(ready.group(2)));
            }
            if (!alive) {
                return null;
            }
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(10));
        }
        throw new IllegalStateException("the broker is not ready after " + START_SECONDS_MAX + " s: " + lastOutput());
    }

    /** What the process of the last start, or command, wrote. */
    String lastOutput() throws IOException {
        return Files.readString(lastOutput, StandardCharsets.UTF_8);
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** Of the last process, which has ended. */
    int exitCode() {
        return running().exitValue();
    }

    private Process running() {
        return java.util.Objects.requireNonNull(process, "no broker was started");
    }

    /** SIGKILL; returns when the process is gone. */
    void kill() throws InterruptedException {
        running().destroyForcibly().waitFor();
    }

    /** SIGTERM; returns its exit code. */
    int terminate() throws InterruptedException, IOException {
        running().destroy();
        return awaitEnd(STOP_SECONDS_MAX);
    }

    int awaitEnd(int seconds) throws InterruptedException, IOException {
        if (!running().waitFor(seconds, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the broker did not stop within " + seconds + " s: " + lastOutput());
        }
        return running().exitValue();
    }

    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, String.valueOf(running().pid()))
                .inheritIO()
                .start()
                .waitFor();
    }
}
