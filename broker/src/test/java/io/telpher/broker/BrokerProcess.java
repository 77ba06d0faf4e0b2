package io.telpher.broker;

import io.telpher.broker.security.ClientLimits;
import io.telpher.broker.security.SecurityConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A broker in a process of its own, so that it can be killed. Its main method is what runs there. */
final class BrokerProcess implements AutoCloseable {
    /** All clients of a test come from one address. */
    private static final int ALL_PERCENT = 100;

    private static final int SECONDS_TO_STOP = 60;

    static final int STUCK = 71;
    private final Process process;
    private final int port;
    private final int httpPort;

    private BrokerProcess(Process process, int port, int httpPort) {
        this.process = process;
        this.port = port;
        this.httpPort = httpPort;
    }

    /** @param port 0 = any free one */
    static BrokerProcess start(Path directory, int port) throws IOException {
        return start(directory, port, List.of());
    }

    /** @param prefix a command that runs the one behind it */
    static BrokerProcess start(Path directory, int port, List<String> prefix) throws IOException {
        return start(directory, port, prefix, List.of("-Xmx256m", "-XX:+UseSerialGC"));
    }

    /** @param java how Java is to run it */
    static BrokerProcess start(Path directory, int port, List<String> prefix, List<String> java) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        List<String> options = new ArrayList<>(java);
        options.add("-XX:TieredStopAtLevel=1");
        command.addAll(ChildJava.command(options, BrokerProcess.class.getName()));
        command.addAll(List.of(directory.toString(), String.valueOf(port)));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        while (line != null && !line.startsWith("ready ")) {
            System.err.println(line); // a warning before it serves
            line = out.readLine();
        }
        if (line == null) {
            process.destroyForcibly();
            throw new IllegalStateException("the broker did not start");
        }
        // Its log; a pipe that nobody reads would hold it up in the end.
        Thread echo = new Thread(() -> out.lines().forEach(System.err::println), "broker-log");
        echo.setDaemon(true);
        echo.start();
        String[] ports = line.split(" ");
        return new BrokerProcess(process, Integer.parseInt(ports[1]), Integer.parseInt(ports[2]));
    }

    public static void main(String[] arguments) throws Exception {
        BrokerConfig defaults = BrokerConfig.of(Path.of(arguments[0])).onFreePorts();
        Broker broker = Broker.start(new BrokerConfig(
                        new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[1])),
                        defaults.http(),
                        defaults.directory(),
                        defaults.sync(),
                        defaults.limits(),
                        defaults.connectionsMax(),
                        defaults.retention(),
                        defaults.partitions(),
                        defaults.queues())
                .withSecurity(new SecurityConfig(
                        null,
                        null,
                        Set.of(),
                        false,
                        SecurityConfig.PENDING_DEFAULT,
                        new ClientLimits(ALL_PERCENT, defaults.connectionsMax(), ClientLimits.DEFAULT.parkedMax()))));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            broker.close();
            if (broker.isStuck()) {
                Runtime.getRuntime().halt(STUCK);
            }
        }));
        System.out.println("ready " + broker.port() + " " + broker.httpPort());
        broker.failure().join();
        Runtime.getRuntime().halt(70);
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

    long pid() {
        return process.pid();
    }

    /** SIGKILL; returns when the process is gone, also the one that a prefix command runs. */
    void kill() throws InterruptedException {
        List<ProcessHandle> children = process.children().toList();
        children.forEach(ProcessHandle::destroyForcibly);
        if (children.isEmpty()) {
            process.destroyForcibly();
        }
        process.waitFor();
    }

    /** Of a process that ends by itself. */
    int awaitExit() throws InterruptedException {
        if (!process.waitFor(SECONDS_TO_STOP, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the broker is still there after " + SECONDS_TO_STOP + " s");
        }
        return process.exitValue();
    }

    /** SIGTERM, and wait for the end; returns the exit code. */
    int terminate() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(SECONDS_TO_STOP, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IllegalStateException("the broker did not stop within " + SECONDS_TO_STOP + " s of SIGTERM");
        }
        return process.exitValue();
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
