package io.telpher.test;

import io.telpher.client.Telpher;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The real broker in a process of its own, on free ports of this machine, with data in a temporary directory that goes with it. The process ends with this one, however this one ends. */
final class ForkedBroker implements TestBroker {
    private static final String MAIN = "io.telpher.test.fork.BrokerMain";
    private static final String JAR = "/META-INF/telpher/telpher.jar";
    private static final String CLASS_PATH = "/META-INF/telpher/broker.classpath";
    private static final int NEEDS_MORE_FLAGS = 24;
    private static final int SECONDS_TO_STOP = 30;

    private final Path directory;
    private Duration ahead = Duration.ZERO;
    private Process process;
    private Writer commands;
    private BufferedReader answers;
    private int port;
    private int httpPort;

    private ForkedBroker(Path directory) throws IOException {
        this.directory = directory;
        launch();
    }

    static ForkedBroker start() {
        try {
            return new ForkedBroker(Files.createTempDirectory("telpher-test"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void launch() throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        for (String exported : List.of("jdk.internal.ref", "sun.nio.ch", "jdk.internal.misc")) {
            command.add("--add-exports=java.base/" + exported + "=ALL-UNNAMED");
        }
        for (String opened : List.of("java.lang.reflect", "java.lang")) {
            command.add("--add-opens=java.base/" + opened + "=ALL-UNNAMED");
        }
        if (Runtime.version().feature() >= NEEDS_MORE_FLAGS) {
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", classPath(), MAIN));
        command.addAll(List.of(directory.resolve("data").toString(), String.valueOf(ahead.toMillis())));
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        commands = process.outputWriter(StandardCharsets.UTF_8);
        answers = process.inputReader(StandardCharsets.UTF_8);
        String[] ports = answer("ready").split(" ");
        port = Integer.parseInt(ports[1]);
        httpPort = Integer.parseInt(ports[2]);
    }

    private String answer(String expected) throws IOException {
        String line = answers.readLine();
        if (line == null || !line.startsWith(expected)) {
            process.destroyForcibly();
            throw new IllegalStateException("the broker has ended: it said " + line + " instead of " + expected
                    + "; its log is in this process's standard error");
        }
        return line;
    }

    /** The broker with all it needs, and this jar for the class that starts it. */
    private String classPath() throws IOException {
        String broker;
        try (InputStream jar = ForkedBroker.class.getResourceAsStream(JAR);
                InputStream list = ForkedBroker.class.getResourceAsStream(CLASS_PATH)) {
            broker = jar != null ? unpacked(jar) : text(list);
        }
        try {
            Path own = Path.of(ForkedBroker.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return own + java.io.File.pathSeparator + broker;
        } catch (URISyntaxException e) {
            throw new IllegalStateException("where this class comes from is no file", e);
        }
    }

    private String unpacked(InputStream jar) throws IOException {
        Path file = directory.resolve("telpher.jar");
        Files.copy(jar, file, StandardCopyOption.REPLACE_EXISTING);
        return file.toString();
    }

    private static String text(@Nullable InputStream list) throws IOException {
        if (list == null) {
            throw new IllegalStateException("neither " + JAR + " nor " + CLASS_PATH + " is on the class path");
        }
        return new String(list.readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    @Override
    public synchronized String url() {
        return "tq://127.0.0.1:" + port;
    }

    @Override
    public synchronized String httpUrl() {
        return "http://127.0.0.1:" + httpPort;
    }

    @Override
    public synchronized Instant now() {
        return Instant.now().plus(ahead);
    }

    @Override
    public synchronized void advance(Duration time) {
        TestBroker.requireForward(time);
        try {
            commands.write(time.toMillis() + "\n");
            commands.flush();
            answer("advanced");
            ahead = ahead.plus(time);
        } catch (IOException e) {
            throw new IllegalStateException("the broker has ended", e);
        }
        try (Telpher telpher = connect()) {
            telpher.operations().stats(); // every partition looks at the clock before it answers
        }
    }

    @Override
    public synchronized void restart() {
        try {
            stop(true);
            launch();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void stop(boolean killed) throws IOException {
        if (killed) {
            process.destroyForcibly();
        }
        commands.close();
        try {
            if (!process.waitFor(SECONDS_TO_STOP, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void close() {
        try {
            stop(true);
            List<Path> files;
            try (Stream<Path> all = Files.walk(directory)) {
                files = all.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path file : files) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
