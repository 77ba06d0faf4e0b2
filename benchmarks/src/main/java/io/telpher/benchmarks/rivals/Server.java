package io.telpher.benchmarks.rivals;

import io.telpher.benchmarks.machine.ProcessTree;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** The process of a broker's server, on loopback, with the processes that it needs beside it. Its output goes to a file that is shown when it fails. */
final class Server implements AutoCloseable {
    static final String LOOPBACK = "127.0.0.1";

    private static final int START_SECONDS = 180;
    private static final int STOP_SECONDS = 20;
    private static final int CONNECT_MS = 1_000;
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int TAIL_LINES = 20;

    /** They end with this process, also when that is interrupted. */
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(Server::destroyAll), "end-servers"));
    }

    private final int port;
    private final Path log;
    private final Process process;
    private final List<Process> beside = new ArrayList<>();
    private final List<Server> others = new ArrayList<>();

    private Server(int port, Path log, Process process) {
        this.port = port;
        this.log = log;
        this.process = process;
    }

    /** That nothing listens on. */
    static int freePort() throws IOException {
        return freePorts(1).get(0);
    }

    /** That nothing listens on, each another one. */
    static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getByName(LOOPBACK)));
            }
            return held.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket each : held) {
                each.close();
            }
        }
    }

    /** @param log beside the data, and appended to */
    static Server spawn(int port, Path log, Map<String, String> environment, List<String> command) throws IOException {
        return new Server(port, log, process(log, environment, command));
    }

    static Process process(Path log, Map<String, String> environment, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        Process process = builder.start();
        RUNNING.add(process);
        process.onExit().thenAccept(RUNNING::remove);
        return process;
    }

    private static void destroyAll(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /** Ends with this server. */
    Server with(Process other) {
        beside.add(other);
        return this;
    }

    /** Another node of the same cluster: counts with this server and ends with it. */
    Server and(Server other) {
        others.add(other);
        return this;
    }

    /** What a cluster is still short of when its first node runs. */
    interface Forming {
        void run() throws IOException, InterruptedException;
    }

    /** Does that, and ends all nodes when it fails. */
    Server formedBy(Forming rest) throws IOException, InterruptedException {
        boolean formed = false;
        try {
            rest.run();
            formed = true;
        } finally {
            if (!formed) {
                kill();
            }
        }
        return this;
    }

    /** Returns when the port answers. When it never does, nothing of the server is left. */
    Server awaitPort() throws IOException {
        boolean answered = false;
        try {
            untilItAnswers();
            answered = true;
        } finally {
            if (!answered) {
                destroyAll(process);
                beside.forEach(Server::destroyAll);
            }
        }
        return this;
    }

    private void untilItAnswers() throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!answers()) {
            if (!process.isAlive()) {
                throw new IOException("the server ended with code " + process.exitValue() + ":\n" + tail());
            }
            if (System.nanoTime() > end) {
                throw new IOException("the server did not listen within " + START_SECONDS + " s:\n" + tail());
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private boolean answers() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(LOOPBACK, port), CONNECT_MS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    String tail() throws IOException {
        List<String> lines = List.of(new String(Files.readAllBytes(log), StandardCharsets.UTF_8).split("\n", -1));
        return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    }

    int port() {
        return port;
    }

    /** Of all nodes, this one's first. */
    List<Integer> ports() {
        return nodes().map(Server::port).toList();
    }

    /** Of all nodes. */
    ProcessTree tree() {
        return new ProcessTree(nodes().map(each -> each.process.pid()).toList());
    }

    /** Its nodes, each as a server of its own from here on. */
    List<Server> separate() {
        List<Server> each = nodes().toList();
        others.clear();
        return each;
    }

    private Stream<Server> nodes() {
        return Stream.concat(Stream.of(this), others.stream());
    }

    /** SIGKILL to all of its processes; returns when they are gone. */
    void kill() throws InterruptedException {
        List<ProcessHandle> all = tree().pids().stream()
                .flatMap(pid -> ProcessHandle.of(pid).stream())
                .toList();
        all.forEach(ProcessHandle::destroyForcibly);
        process.waitFor();
        all.forEach(each -> each.onExit().join());
        endBeside();
        for (Server other : others) {
            other.kill();
        }
    }

    private void endBeside() throws InterruptedException {
        for (Process other : beside) {
            other.destroyForcibly().waitFor();
        }
    }

    /** As an operator would, by SIGTERM; after 20 s by force. */
    @Override
    public void close() throws InterruptedException {
        process.destroy();
        for (Server other : others) {
            other.close();
        }
        if (process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            endBeside();
        } else {
            kill();
        }
    }
}
