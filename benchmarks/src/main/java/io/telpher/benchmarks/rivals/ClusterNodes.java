package io.telpher.benchmarks.rivals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.cluster.NodeFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Three nodes of Telpher on loopback, numbered from 1 on, each started by the command of operators. */
final class ClusterNodes {
    static final int COUNT = 3;

    private static final String NAME = "bench";
    private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(3);
    private static final int LOOK_MS = 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** @param link of the nodes among themselves */
    private record Ports(int binary, int http, int link) {}

    private final List<String> launcher;
    private final Path directory;
    private final List<Ports> ports = new ArrayList<>();
    private final @Nullable NodeCertificate certificate;

    /**
     * Prepares their directories.
     *
     * @param launcher that starts a broker when settings are added
     * @param directory of all of them, empty
     * @param withTls whether the nodes speak TLS with each other, both ways
     */
    ClusterNodes(List<String> launcher, Path directory, boolean withTls) throws IOException, InterruptedException {
        this.launcher = launcher;
        this.directory = directory;
        this.certificate = withTls ? NodeCertificate.make(directory) : null;
        List<Integer> free = Server.freePorts(COUNT * 3);
        UUID id = UUID.randomUUID();
        for (int node = 1; node <= COUNT; node++) {
            int first = (node - 1) * 3;
            ports.add(new Ports(free.get(first), free.get(first + 1), free.get(first + 2)));
            new NodeFile(id, NAME, "n" + node, false).write(Files.createDirectories(directory(node)));
        }
    }

    private Ports ports(int node) {
        return ports.get(node - 1);
    }

    Path directory(int node) {
        return directory.resolve("n" + node);
    }

    /** All of them; returns when one leads and takes requests. */
    Server startAll() throws IOException, InterruptedException {
        Server first = begin(1);
        return first.formedBy(() -> {
            Server second = begin(2);
            Server third = begin(3);
            first.and(second).and(third);
            first.awaitPort();
            second.awaitPort();
            third.awaitPort();
            leader();
        });
    }

    /** Does not wait until it serves. */
    Server begin(int node) throws IOException {
        List<String> command = new ArrayList<>(launcher);
        command.addAll(settings(node));
        return Server.spawn(ports(node).binary(), directory.resolve("server.log"), Map.of(), command);
    }

    /** As words of a command line. */
    private List<String> settings(int node) {
        String nodes = IntStream.rangeClosed(1, COUNT)
                .mapToObj(each ->
                        "n" + each + "=" + Server.LOOPBACK + ":" + ports(each).link())
                .collect(Collectors.joining(","));
        List<String> settings = new ArrayList<>(List.of(
                "journal.dir=" + directory(node),
                "listen.port=" + ports(node).binary(),
                "http.port=" + ports(node).http(),
                "cluster.name=" + NAME,
                "cluster.node=n" + node,
                "cluster.nodes=" + nodes));
        if (certificate != null) {
            settings.addAll(certificate.settings());
        }
        return settings.stream()
                .flatMap(each -> List.of("--set", each).stream())
                .toList();
    }

    /** For {@code Telpher.connect}. */
    String url() {
        return url(ports.stream().map(Ports::binary).toList());
    }

    static String url(List<Integer> binaryPorts) {
        return "tq://"
                + binaryPorts.stream().map(port -> Server.LOOPBACK + ":" + port).collect(Collectors.joining(","));
    }

    /** As soon as one takes requests. */
    int leader() throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (System.nanoTime() - end < 0) {
            for (int node = 1; node <= COUNT; node++) {
                if (isLeading(node)) {
                    return node;
                }
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        }
        throw new IOException("no node leads; see " + directory.resolve("server.log"));
    }

    private String http(int node) {
        return "http://" + Server.LOOPBACK + ":" + ports(node).http();
    }

    private boolean isLeading(int node) throws IOException {
        return answers(node, "/api/v1/cluster")
                && status(node).path("leader").asText().equals("n" + node)
                && answers(node, "/api/v1/queues");
    }

    private boolean answers(int node, String path) {
        try (InputStream said = URI.create(http(node) + path).toURL().openStream()) {
            said.readAllBytes();
            return true;
        } catch (IOException e) {
            return false; // it starts, or says no
        }
    }

    private JsonNode status(int node) throws IOException {
        try (InputStream said =
                URI.create(http(node) + "/api/v1/cluster").toURL().openStream()) {
            return Objects.requireNonNull(JSON.readTree(said));
        }
    }

    /** Until it has applied all that the leader has now. */
    void awaitCaughtUp(int node) throws IOException, InterruptedException {
        long wanted = status(leader()).path("applied_index").asLong();
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!answers(node, "/api/v1/cluster")
                || status(node).path("applied_index").asLong() < wanted) {
            if (System.nanoTime() - end > 0) {
                throw new IOException("node " + node + " does not catch up; see " + directory.resolve("server.log"));
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        }
    }

    /** Until it belongs to the cluster under a name of its new disk. */
    void awaitMember(int node) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!isNewMember(node)) {
            if (System.nanoTime() - end > 0) {
                throw new IOException("node " + node + " does not join; see " + directory.resolve("server.log"));
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        }
    }

    private boolean isNewMember(int node) throws IOException, InterruptedException {
        for (JsonNode each : status(leader()).path("nodes")) {
            if (each.path("id").asText().equals("n" + node)) {
                return !each.path("member").asText().equals("n" + node);
            }
        }
        return false;
    }

    /** Makes a disk for a node that lost its own, by the command of operators. */
    void replace(int node) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(launcher.get(0)).resolveSibling("tq").toString(), "cluster", "replace", "n" + node));
        command.addAll(List.of("--http", http(leader())));
        command.addAll(settings(node));
        Process process = Server.process(directory.resolve("replace.log"), Map.of(), command);
        if (process.waitFor() != 0) {
            throw new IOException(
                    "node " + node + " was not replaced: " + Files.readString(directory.resolve("replace.log")));
        }
    }
}
