package io.telpher.broker.cli;

import io.telpher.broker.ChildJava;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The command line in a process of its own, as people run it. */
public final class TqProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;
    private final CompletableFuture<String> errors;

    private TqProcess(Process process) {
        this.process = process;
        this.out = process.inputReader(StandardCharsets.UTF_8);
        this.errors = CompletableFuture.supplyAsync(() -> text(process), TqProcess::onThreadOfItsOwn);
    }

    /** How it ended and what it said. */
    public record Ended(int exit, String out, String errors) {}

    /** It blocks until the process ends, so it may not take one of the few threads that others share. */
    private static void onThreadOfItsOwn(Runnable reading) {
        Thread thread = new Thread(reading, "stderr");
        thread.setDaemon(true);
        thread.start();
    }

    private static String text(Process process) {
        try {
            return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs {@code tq} with these arguments in this working directory. */
    public static TqProcess start(Path directory, String... arguments) throws IOException {
        return start(directory, Map.of(), arguments);
    }

    /** @param environment beside that of the tests */
    public static TqProcess start(Path directory, Map<String, String> environment, String... arguments)
            throws IOException {
        // A shell that starts the tests in the background has them ignore Ctrl-C, nohup a hang-up, and what they start
        // would, too.
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT,HUP"));
        environment.forEach((name, value) -> command.add(name + "=" + value));
        command.addAll(command(arguments));
        return new TqProcess(
                new ProcessBuilder(command).directory(directory.toFile()).start());
    }

    public static List<String> command(String... arguments) {
        List<String> command = ChildJava.command(
                List.of(
                        "-Dlogback.configurationFile=logback.xml",
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1"),
                Main.class.getName());
        command.addAll(List.of(arguments));
        return command;
    }

    /** To its end. */
    static Ended run(Path directory, String... arguments) throws IOException, InterruptedException {
        return start(directory, arguments).end("");
    }

    /** Gives it this on stdin and waits for its end. */
    public Ended end(String stdin) throws IOException, InterruptedException {
        try (OutputStream in = process.getOutputStream()) {
            in.write(stdin.getBytes(StandardCharsets.UTF_8));
        }
        StringBuilder text = new StringBuilder();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            text.append(line).append('\n');
        }
        return new Ended(process.waitFor(), text.toString(), errors.join());
    }

    /** The next line of its stdout. */
    public String line() throws IOException {
        String line = out.readLine();
        if (line == null) {
            throw new IllegalStateException("it ended: " + errors.join());
        }
        return line;
    }

    public long pid() {
        return process.pid();
    }

    /** SIGTERM; returns the exit code. */
    public int terminate() throws InterruptedException {
        // Process.destroy would close the streams that are still being read.
        process.toHandle().destroy();
        return process.waitFor();
    }

    public String errors() {
        return errors.join();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
