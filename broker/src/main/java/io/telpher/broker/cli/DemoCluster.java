package io.telpher.broker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.telpher.broker.cli.disk.NodeApi;
import io.telpher.broker.cluster.NodeFile;
import io.telpher.client.ConnectionException;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Three nodes on this machine, real tasks, a SIGKILL for the one that leads and a wiped disk for another one: shows how long it takes until the next one confirms and until the
 * lost disk is replaced, and accounts for every task that was confirmed.
 */
final class DemoCluster implements AutoCloseable {
    private static final int NODES = 3;
    private static final int TASKS = 300;
    private static final int WORKERS = 2;
    private static final String NAME = "demo";
    private static final String QUEUE = "hash";
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int LOOK_MS = 50;

    private final Path root;
    private final Consumer<String> say;
    private final Map<String, DemoBroker> nodes = new LinkedHashMap<>();
    private final Map<String, Long> confirmed = new LinkedHashMap<>();
    private final Map<String, AtomicInteger> runs = new ConcurrentHashMap<>();
    private String addresses = "";

    DemoCluster(Path root, Consumer<String> say) {
        this.root = root;
        this.say = say;
    }

    /** @return whether every task came out as it should */
    boolean run() throws IOException, InterruptedException {
        begin();
        String leader = awaitLeader();
        say.accept("1. Three nodes run on this machine, data in " + root + "; " + leader + " leads.");
        String url = "tq://"
                + nodes.values().stream()
                        .map(node -> "127.0.0.1:" + node.port())
                        .collect(Collectors.joining(","));
        try (Telpher producer = Telpher.connect(url, "demo");
                Telpher hands = Telpher.connect(url, "demo-worker");
                Worker worker = work(hands)) {
            submit(producer, TASKS);
            say.accept("2. " + TASKS + " tasks were submitted, each confirmed when a majority had it on its disk.");
            leader = awaitLeader();
            DemoBroker killed = Objects.requireNonNull(nodes.get(leader));
            long start = System.nanoTime();
            killed.kill();
            submit(producer, 1);
            long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
            String next = awaitLeader();
            say.accept("3. " + leader + " was killed with SIGKILL. " + next
                    + " leads; the next submit was confirmed after " + tookMs + " ms.");
            submit(producer, TASKS);
            start(leader, killed.port(), killed.httpPort());
            awaitCaughtUp(leader, next);
            say.accept("4. " + TASKS + " more were confirmed by two nodes; " + leader
                    + " was started again and has caught up.");
            replaceDisk(producer);
            return account(producer);
        }
    }

    private void begin() throws IOException {
        List<ServerSocket> free = new ArrayList<>();
        StringBuilder all = new StringBuilder();
        for (int i = 1; i <= NODES; i++) {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            free.add(socket);
            all.append(i == 1 ? "" : ",")
                    .append("n")
                    .append(i)
                    .append("=127.0.0.1:")
                    .append(socket.getLocalPort());
        }
        addresses = all.toString();
        for (ServerSocket each : free) {
            each.close();
        }
        UUID id = UUID.randomUUID();
        for (int i = 1; i <= NODES; i++) {
            Path directory = Files.createDirectories(root.resolve("n" + i));
            new NodeFile(id, NAME, "n" + i, false).write(directory);
            start("n" + i, 0, 0);
        }
    }

    /** A follower loses its machine and its disk; another one comes in its place, and leads. */
    private void replaceDisk(Telpher producer) throws IOException, InterruptedException {
        String leader = awaitLeader();
        String lost = nodes.keySet().stream()
                .filter(node -> !node.equals(leader))
                .findFirst()
                .orElseThrow();
        DemoBroker killed = Objects.requireNonNull(nodes.get(lost));
        killed.kill();
        deleteAll(root.resolve(lost));
        submit(producer, TASKS);
        long start = System.nanoTime();
        List<String> words = new ArrayList<>(List.of("cluster", "replace", lost));
        words.addAll(List.of("--http", url(leader), "--set", "journal.dir=" + root.resolve(lost)));
        sets(lost).forEach(set -> words.addAll(List.of("--set", set)));
        StringWriter said = new StringWriter();
        int exit = Main.commandLine()
                .setOut(new PrintWriter(said, true))
                .setErr(new PrintWriter(said, true))
                .execute(words.toArray(new String[0]));
        if (exit != 0) {
            throw new IllegalStateException(lost + " was not replaced: " + said);
        }
        start(lost, killed.port(), killed.httpPort());
        awaitMember(leader, lost);
        awaitCaughtUp(lost, leader);
        long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        say.accept("5. " + lost + " was killed and its disk wiped; " + TASKS
                + " more were confirmed without it. tq cluster replace " + lost
                + " made it a new disk, which was a member and had caught up after " + tookMs + " ms.");
        handOver(lost);
        say.accept("6. " + lost + " leads, from its new disk.");
    }

    private void handOver(String to) throws IOException, InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        for (String leader = awaitLeader(); !leader.equals(to); leader = awaitLeader()) {
            try {
                NodeApi.call(url(leader), "", "POST", "/api/v1/cluster/transfer", "{\"to\":\"" + to + "\"}");
            } catch (NodeApi.Unanswered e) {
                if (System.nanoTime() > until) {
                    throw e; // until then: it is being handed over, or another node leads
                }
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        }
    }

    private static void deleteAll(Path directory) throws IOException {
        try (Stream<Path> there = Files.walk(directory)) {
            for (Path each : there.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    /** Under a name of its new disk, not the one that it began with. */
    private void awaitMember(String asked, String wanted) throws IOException, InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < until) {
            JsonNode status = status(asked);
            for (JsonNode each : status == null ? List.<JsonNode>of() : status.path("nodes")) {
                boolean isNew = !each.path("member").asText().equals(wanted);
                if (each.path("id").asText().equals(wanted) && isNew) {
                    return;
                }
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        }
        throw new IllegalStateException(wanted + " does not join; see the logs beside " + root);
    }

    private String url(String node) {
        return "http://127.0.0.1:" + Objects.requireNonNull(nodes.get(node)).httpPort();
    }

    private List<String> sets(String node) {
        return List.of("cluster.name=" + NAME, "cluster.node=" + node, "cluster.nodes=" + addresses);
    }

    private void start(String node, int port, int httpPort) throws IOException {
        nodes.put(node, DemoBroker.start(root.resolve(node), port, httpPort, sets(node)));
    }

    /** As soon as the nodes that run agree on one, and it takes requests. */
    private String awaitLeader() throws IOException, InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < until) {
            for (String node : nodes.keySet()) {
                JsonNode status = status(node);
                String leader = status == null ? "" : status.path("leader").asText();
                if (leader.equals(node)) {
                    return leader;
                }
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        }
        throw new IllegalStateException("no node leads; see the logs beside " + root);
    }

    private @Nullable JsonNode status(String node) throws IOException {
        try {
            return NodeApi.call(url(node), "", "GET", "/api/v1/cluster", "");
        } catch (NodeApi.Unanswered e) {
            return null; // it was killed
        }
    }

    private void awaitCaughtUp(String node, String leader) throws IOException, InterruptedException {
        long wanted = applied(leader);
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (applied(node) < wanted) {
            if (System.nanoTime() > until) {
                throw new IllegalStateException(node + " does not catch up; see the logs beside " + root);
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        }
    }

    private long applied(String node) throws IOException {
        JsonNode status = status(node);
        return status == null ? -1 : status.path("applied_index").asLong();
    }

    /** One after the other; one whose outcome is not known again, under the same key. */
    private void submit(Telpher producer, int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            String key = "task-" + (confirmed.size() + 1);
            TaskSpec task = TaskSpec.type("sha256")
                    .queue(QUEUE)
                    .idempotencyKey(key)
                    .payload(key.getBytes(StandardCharsets.UTF_8));
            long until = System.nanoTime() + PATIENCE.toNanos();
            while (!confirmed.containsKey(key)) {
                try {
                    confirmed.put(key, producer.submit(task).taskId());
                } catch (ConnectionException e) {
                    if (System.nanoTime() > until) {
                        throw e;
                    }
                    TimeUnit.MILLISECONDS.sleep(LOOK_MS / 5);
                }
            }
        }
    }

    private Worker work(Telpher hands) {
        return hands.worker(QUEUE).concurrency(WORKERS).start(task -> {
            String key = new String(task.payload(), StandardCharsets.UTF_8);
            runs.computeIfAbsent(key, each -> new AtomicInteger()).incrementAndGet();
            return Result.of("text/plain", Sha256.of(task.payload()).getBytes(StandardCharsets.UTF_8));
        });
    }

    private boolean account(Telpher producer) {
        int right = 0;
        for (Map.Entry<String, Long> each : confirmed.entrySet()) {
            TaskView task = producer.waitFor(each.getValue(), PATIENCE);
            String result = StandardCharsets.UTF_8.decode(task.result.bytes()).toString();
            String expected = Sha256.of(each.getKey().getBytes(StandardCharsets.UTF_8));
            right += task.state == TaskState.COMPLETED && result.equals(expected) ? 1 : 0;
        }
        long again = runs.values().stream().filter(count -> count.get() > 1).count();
        say.accept("7. " + confirmed.size() + " tasks were confirmed, " + right + " are done with the right result, "
                + (confirmed.size() - right) + " were lost; " + again + " were worked more than once.");
        return right == confirmed.size();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        for (DemoBroker node : nodes.values()) {
            node.kill();
        }
    }
}
