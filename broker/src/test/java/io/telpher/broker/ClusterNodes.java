package io.telpher.broker;

import com.fasterxml.jackson.databind.JsonNode;
import io.telpher.broker.cluster.NodeFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Three nodes in processes of their own, on loopback. */
final class ClusterNodes extends ClusterOverHttp implements AutoCloseable {
    static final int COUNT = 3;
    /** Not of the cluster that begins; see {@link #install}. */
    static final int FOURTH = 4;

    private static final int STOP_SECONDS = 60;
    private static final int STACK_LINES = 9;

    private final Path root;
    private final List<String> nodes;
    private final UUID id = UUID.randomUUID();
    private final Node[] all = new Node[FOURTH + 1];
    private final List<Process> started = new ArrayList<>();

    /** One that runs, or ran. */
    record Node(Process process, int port, int httpPort) {}

    ClusterNodes(Path root) throws IOException {
        super(FOURTH);
        this.root = root;
        List<ServerSocket> taken = new ArrayList<>();
        for (int i = 0; i < FOURTH; i++) {
            taken.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        }
        this.nodes = IntStream.range(0, FOURTH)
                .mapToObj(i -> "n" + (i + 1) + "=127.0.0.1:" + taken.get(i).getLocalPort())
                .toList();
        for (ServerSocket each : taken) {
            each.close();
        }
        for (int i = 1; i <= COUNT; i++) {
            Files.createDirectories(directory(i));
            new NodeFile(id, "test", "n" + i, false).write(directory(i));
        }
    }

    Path directory(int node) {
        return root.resolve("n" + node);
    }

    /** @return null when it ended before it was ready; what it said is in its log */
    @Nullable
    Node start(int node) throws IOException {
        return awaitReady(node, begin(node));
    }

    private Process begin(int node) throws IOException {
        List<String> command = command("broker");
        command.addAll(sets(node));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(log(node).toFile()))
                .start();
        started.add(process);
        return process;
    }

    private @Nullable Node awaitReady(int node, Process process) throws IOException {
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("ready ")) {
                String[] words = line.split("[ :]");
                all[node] = new Node(process, Integer.parseInt(words[2]), Integer.parseInt(words[4]));
                Thread rest = new Thread(() -> out.lines().forEach(System.err::println), "node-out");
                rest.setDaemon(true);
                rest.start();
                return all[node];
            }
        }
        return null;
    }

    private static List<String> command(String... words) {
        List<String> options = List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
        List<String> command = ChildJava.command(options, "io.telpher.broker.cli.Main");
        command.addAll(List.of(words));
        return command;
    }

    private List<String> sets(int node) {
        Node before = all[node];
        List<String> sets = new ArrayList<>();
        for (String set : List.of(
                "journal.dir=" + directory(node),
                "listen.port=" + (before == null ? 0 : before.port),
                "http.port=" + (before == null ? 0 : before.httpPort),
                "cluster.name=test",
                "cluster.node=n" + node,
                "cluster.nodes=" + String.join(",", nodes.subList(0, Math.max(node, COUNT))))) {
            sets.addAll(List.of("--set", set));
        }
        return sets;
    }

    /**
     * {@code tq cluster replace} or {@code add} for this node, asking the leader.
     *
     * @param rate bytes a second
     */
    Process install(String action, int node, int leader, String rate) throws IOException {
        List<String> command = command("cluster", action, "n" + node, "--rate", rate);
        command.addAll(List.of("--http", "http://127.0.0.1:" + all[leader].httpPort));
        command.addAll(sets(node));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log(node).toFile()))
                .start();
        started.add(process);
        return process;
    }

    /** From which index on a node has the shared log. */
    long firstIndex(int node) throws IOException {
        Pattern file = Pattern.compile("log_(?:inprogress_)?(\\d+)(?:-\\d+)?");
        try (Stream<Path> files = Files.walk(directory(node).resolve("raft"))) {
            return files.map(each -> file.matcher(each.getFileName().toString()))
                    .filter(Matcher::matches)
                    .mapToLong(each -> Long.parseLong(each.group(1)))
                    .min()
                    .orElseThrow();
        }
    }

    /** Until the node's process has ended by itself. */
    void awaitEnd(int node) throws InterruptedException {
        if (!all[node].process.waitFor(PATIENCE_NANOS, TimeUnit.NANOSECONDS)) {
            throw new IllegalStateException("node " + node + " goes on");
        }
    }

    Path log(int node) {
        return root.resolve("n" + node + ".log");
    }

    /** At the same time. */
    void startAll() throws IOException {
        List<Process> begun = new ArrayList<>();
        for (int i = 1; i <= COUNT; i++) {
            begun.add(begin(i));
        }
        for (int i = 1; i <= COUNT; i++) {
            if (awaitReady(i, begun.get(i - 1)) == null) {
                throw new IllegalStateException(Files.readString(log(i)));
            }
        }
    }

    Node node(int node) {
        return all[node];
    }

    String url() {
        return "tq://"
                + IntStream.rangeClosed(1, COUNT)
                        .mapToObj(i -> "127.0.0.1:" + all[i].port)
                        .collect(Collectors.joining(","));
    }

    @Override
    protected @Nullable String http(int node) {
        return all[node] == null ? null : "127.0.0.1:" + all[node].httpPort;
    }

    @Override
    protected boolean isAlive(int node) {
        return all[node] != null && all[node].process.isAlive();
    }

    /** Until each node has told this one how it is. */
    void awaitReports(int node) throws IOException, InterruptedException {
        long until = System.nanoTime() + PATIENCE_NANOS;
        JsonNode nodesSeen = status(node).path("nodes");
        while (nodesSeen.findValuesAsText("has_room").size() < COUNT) {
            if (System.nanoTime() > until) {
                throw new IllegalStateException("node " + node + " has not heard of all: " + nodesSeen);
            }
            Thread.sleep(LOOK_MS);
            nodesSeen = status(node).path("nodes");
        }
    }

    /** What each node says of itself, and where its threads are: for a test that gives up. */
    String told() throws InterruptedException {
        StringBuilder told = new StringBuilder();
        for (int node = 1; node <= COUNT; node++) {
            String said;
            try {
                said = get(node, "/api/v1/cluster").body();
            } catch (IOException e) {
                said = e.toString();
            }
            told.append("\nn").append(node).append(": ").append(said).append(stacks(all[node].process.pid()));
        }
        return told.toString();
    }

    private static String stacks(long pid) throws InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        try {
            Process print = new ProcessBuilder(jcmd.toString(), Long.toString(pid), "Thread.print")
                    .redirectErrorStream(true)
                    .start();
            try (BufferedReader out = print.inputReader(StandardCharsets.UTF_8)) {
                return Arrays.stream(
                                out.lines().collect(Collectors.joining("\n")).split("\n\n"))
                        .filter(thread -> thread.startsWith("\"telpher-"))
                        .map(thread -> thread.lines().limit(STACK_LINES).collect(Collectors.joining("\n")))
                        .collect(Collectors.joining("\n", "\n", ""));
            }
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** SIGKILL. */
    void kill(int node) throws InterruptedException {
        all[node].process.destroyForcibly().waitFor();
    }

    /** SIGTERM; returns the exit code. */
    int terminate(int node) throws InterruptedException {
        all[node].process.destroy();
        if (!all[node].process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("node " + node + " did not stop within " + STOP_SECONDS + " s");
        }
        return all[node].process.exitValue();
    }

    @Override
    public void close() throws InterruptedException {
        for (Process each : started) {
            each.destroyForcibly().waitFor();
        }
    }
}
