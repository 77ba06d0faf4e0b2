package io.telpher.broker;

import io.telpher.broker.cli.CommandHere;
import io.telpher.broker.cluster.ClusterSettings;
import io.telpher.broker.cluster.NodeFile;
import io.telpher.broker.core.queue.QueueLimits;
import io.telpher.broker.journal.SyncPolicy;
import io.telpher.broker.security.SecurityConfig;
import io.telpher.protocol.Limits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Three nodes in this process, on loopback. */
final class ClusterHere extends ClusterOverHttp implements AutoCloseable {
    static final int COUNT = 3;
    static final String NAME = "test";

    private final Path root;
    private final Map<String, String> links = new TreeMap<>();
    private final @Nullable Broker[] all = new @Nullable Broker[COUNT + 1];

    /** Directories of nothing. */
    ClusterHere(Path root) throws IOException {
        super(COUNT);
        this.root = root;
        List<ServerSocket> taken = new ArrayList<>();
        for (int i = 1; i <= COUNT; i++) {
            taken.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            links.put("n" + i, "127.0.0.1:" + taken.get(i - 1).getLocalPort());
        }
        for (ServerSocket each : taken) {
            each.close();
        }
    }

    /** As {@code tq cluster init} does on each. */
    ClusterHere init() throws IOException {
        UUID id = UUID.randomUUID();
        for (int i = 1; i <= COUNT; i++) {
            Files.createDirectories(directory(i));
            new NodeFile(id, NAME, "n" + i, false).write(directory(i));
        }
        return this;
    }

    /** As {@code tq cluster init} does on the first, and with the id that it prints on the others. */
    UUID initByCommand() throws IOException {
        Files.createDirectories(directory(1));
        requireDone(tq(1, "init"));
        UUID id = NodeFile.read(directory(1), settings(1)).cluster();
        for (int i = 2; i <= COUNT; i++) {
            requireDone(tq(i, "init", "--id", id.toString()));
        }
        return id;
    }

    private static void requireDone(CommandHere command) {
        if (command.exit() != 0) {
            throw new IllegalStateException(command.said());
        }
    }

    Path directory(int node) {
        return root.resolve("n" + node);
    }

    ClusterSettings settings(int node) {
        String link = links.getOrDefault("n" + node, "");
        return new ClusterSettings(
                NAME,
                "n" + node,
                links,
                new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), Integer.parseInt(link.substring(link.indexOf(':') + 1))),
                "",
                Duration.ofMillis(500),
                Duration.ofSeconds(1),
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                null);
    }

    Broker start(int node) throws Exception {
        Broker broker = Broker.start(new BrokerConfig(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                directory(node),
                SyncPolicy.BATCH,
                Limits.DEFAULT,
                1_000,
                Retention.DEFAULT,
                QueueLimits.DEFAULT,
                0,
                Map.of(),
                SecurityConfig.NONE,
                settings(node)));
        all[node] = broker;
        return broker;
    }

    ClusterHere startAll() throws Exception {
        for (int i = 1; i <= COUNT; i++) {
            start(i);
        }
        return this;
    }

    /** One that was started, and not stopped. */
    Broker broker(int node) {
        return Objects.requireNonNull(all[node], () -> "node " + node + " does not run");
    }

    /** Why it can't go on, once it says so. */
    Throwable awaitFailure(int node) throws Exception {
        return broker(node).failure().get(PATIENCE_NANOS, TimeUnit.NANOSECONDS);
    }

    void stop(int node) {
        Broker present = all[node];
        if (present != null) {
            all[node] = null;
            present.close();
        }
    }

    /** {@code tq cluster} with these words, and this node's configuration. */
    CommandHere tq(int node, String... words) {
        List<String> command = new ArrayList<>(List.of("cluster"));
        command.addAll(List.of(words));
        for (String set : List.of(
                "journal.dir=" + directory(node),
                "cluster.name=" + NAME,
                "cluster.node=n" + node,
                "cluster.nodes="
                        + links.entrySet().stream()
                                .map(each -> each.getKey() + "=" + each.getValue())
                                .collect(Collectors.joining(",")))) {
            command.addAll(List.of("--set", set));
        }
        return CommandHere.run(command.toArray(new String[0]));
    }

    /** {@code tq cluster} with these words, asked of this node. */
    CommandHere tqHttp(int node, String... words) {
        List<String> command = new ArrayList<>(List.of("cluster"));
        command.addAll(List.of(words));
        command.addAll(List.of("--http", "http://" + http(node)));
        return CommandHere.run(command.toArray(new String[0]));
    }

    String url() {
        return "tq://"
                + IntStream.rangeClosed(1, COUNT)
                        .filter(this::isAlive)
                        .mapToObj(this::broker)
                        .map(broker -> "127.0.0.1:" + broker.port())
                        .collect(Collectors.joining(","));
    }

    @Override
    protected @Nullable String http(int node) {
        Broker present = all[node];
        return present == null ? null : "127.0.0.1:" + present.httpPort();
    }

    @Override
    protected boolean isAlive(int node) {
        return all[node] != null;
    }

    /** All at the same time: each may wait some seconds for its library to end. */
    @Override
    public void close() {
        IntStream.rangeClosed(1, COUNT)
                .mapToObj(node -> CompletableFuture.runAsync(
                        () -> stop(node), stopping -> new Thread(stopping, "stop-n" + node).start()))
                .toList()
                .forEach(CompletableFuture::join);
    }
}
