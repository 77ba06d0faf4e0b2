package io.telpher.broker.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The broker of the demo: this very program in a process of its own, so that it can be killed. */
final class DemoBroker {
    private static final Pattern READY = Pattern.compile("ready binary=.*:(\\d+) http=.*:(\\d+)");
    private static final int STOP_SECONDS = 30;

    private final Path directory;
    private Process process;
    private final int port;
    private final int httpPort;

    private DemoBroker(Path directory, Process process, int port, int httpPort) {
        this.directory = directory;
        this.process = process;
        this.port = port;
        this.httpPort = httpPort;
    }

    /** Waits until it is ready; port 0 = any free one. */
    static DemoBroker start(Path directory, int port, int httpPort) throws IOException {
        return start(directory, port, httpPort, List.of());
    }

    /** @param sets further settings, {@code key=value} each */
    static DemoBroker start(Path directory, int port, int httpPort, List<String> sets) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"));
        command.addAll(program());
        command.addAll(List.of("broker", "--set", "journal.dir=" + directory));
        command.addAll(List.of("--set", "listen.port=" + port, "--set", "http.port=" + httpPort));
        sets.forEach(set -> command.addAll(List.of("--set", set)));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(log(directory).toFile()))
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            Matcher ready = READY.matcher(line);
            if (ready.matches()) {
                return new DemoBroker(
                        directory, process, Integer.parseInt(ready.group(1)), Integer.parseInt(ready.group(2)));
            }
        }
        throw new IllegalStateException("the broker did not start; see " + log(directory));
    }

    private static Path log(Path directory) {
        return directory.resolveSibling(directory.getFileName() + ".log");
    }

    /** The broker's stderr, over all its runs. */
    Path log() {
        return log(directory);
    }

    /** The program to start: the jar, whose manifest has the flags, or else classes with the flags of this process. */
    private static List<String> program() {
        String here = DemoBroker.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath();
        if (here.endsWith(".jar")) {
            return List.of("-jar", here);
        }
        List<String> program = new ArrayList<>(ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .toList());
        program.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        return program;
    }

    void replaceBy(DemoBroker other) {
        process = other.process;
    }

    Path directory() {
        return directory;
    }

    long pid() {
        return process.pid();
    }

    int port() {
        return port;
    }

    int httpPort() {
        return httpPort;
    }

    String url() {
        return "tq://127.0.0.1:" + port;
    }

    /** SIGKILL: it gets no chance to save anything. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    void terminate() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            kill();
        }
    }
}
