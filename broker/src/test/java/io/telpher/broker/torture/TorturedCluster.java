package io.telpher.broker.torture;

import io.telpher.broker.Certificates;
import io.telpher.broker.ClusterOverHttp;
import io.telpher.broker.cluster.NodeFile;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.journal.JournalCheck;
import io.telpher.broker.partition.salvage.PartitionLayout;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.testing.faults.FaultyNetwork;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Three brokers as operators start them, each with a disk, a wall clock and, where one can be made, a machine of its own in a {@link FaultyNetwork}; without one
 * all are on loopback. The node links are TLS both ways in either case.
 */
final class TorturedCluster extends ClusterOverHttp implements AutoCloseable {
    static final int COUNT = 3;
    private static final int HEAP_MB = 256;
    private static final String AUTHORITY = "nodes-ca";
    private static final String OTHER_AUTHORITY = "others-ca";
    private static final int PORTS = 3;

    private final Path certificates;
    private final @Nullable FaultyNetwork network;
    private final List<Disk> disks = new ArrayList<>();
    private final List<RealBroker> brokers = new ArrayList<>();
    private final int[][] ports;

    /**
     * @param work an existing directory
     * @param withDisks whether their power can be cut, where that is possible
     * @param network null: all on loopback
     */
    TorturedCluster(Path work, boolean withDisks, @Nullable FaultyNetwork network) throws Exception {
        super(COUNT);
        this.network = network;
        this.certificates = Files.createDirectory(work.resolve("certificates"));
        this.ports = freePorts();
        Certificates.makeAuthority(certificates, AUTHORITY);
        Certificates.makeAuthority(certificates, OTHER_AUTHORITY);
        UUID id = UUID.randomUUID();
        for (int node = 1; node <= COUNT; node++) {
            Path own = Files.createDirectory(work.resolve("n" + node));
            disks.add(Disk.open(own, withDisks));
            Files.createDirectories(directory(node));
            new NodeFile(id, "torture", "n" + node, false).write(directory(node));
            makeCertificates(node);
            List<String> on = network == null ? List.of() : network.on(node);
            brokers.add(new RealBroker(on, settings(node, "n" + node), own));
        }
    }

    private void makeCertificates(int node) throws Exception {
        String names = "ip:" + host(node) + ",dns:n" + node;
        Certificates.makeSigned(certificates, "n" + node, names, AUTHORITY);
        Certificates.makeSigned(certificates, stranger(node), names, OTHER_AUTHORITY);
    }

    private static String stranger(int node) {
        return "other-n" + node;
    }

    /** In namespaces all are free. */
    private static int[][] freePorts() throws IOException {
        int[][] ports = new int[COUNT + 1][PORTS];
        List<ServerSocket> taken = new ArrayList<>();
        for (int[] each : ports) {
            for (int i = 0; i < PORTS; i++) {
                taken.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
                each[i] = taken.get(taken.size() - 1).getLocalPort();
            }
        }
        for (ServerSocket each : taken) {
            each.close();
        }
        return ports;
    }

    private String host(int node) {
        return network == null ? "127.0.0.1" : FaultyNetwork.address(node);
    }

    private String binary(int node) {
        return host(node) + ":" + ports[node][0];
    }

    @Override
    protected String http(int node) {
        return host(node) + ":" + ports[node][1];
    }

    private List<String> settings(int node, String certificate) {
        String nodes = numbers()
                .mapToObj(each -> "n" + each + "=" + host(each) + ":" + ports[each][2])
                .collect(Collectors.joining(","));
        return List.of(
                "journal.dir=" + directory(node),
                "listen.bind=" + host(node),
                "listen.port=" + ports[node][0],
                "http.bind=" + host(node),
                "http.port=" + ports[node][1],
                // Whoever reaches the addresses is a part of this program.
                "security.insecure=true",
                "cluster.name=torture",
                "cluster.node=n" + node,
                "cluster.nodes=" + nodes,
                "cluster.tls.certificate=" + certificates.resolve(certificate + ".pem"),
                "cluster.tls.key=" + certificates.resolve(certificate + ".key"),
                "cluster.tls.ca=" + certificates.resolve(AUTHORITY + ".pem"));
    }

    static IntStream numbers() {
        return IntStream.rangeClosed(1, COUNT);
    }

    /** For clients. */
    String url() {
        return "tq://" + numbers().mapToObj(this::binary).collect(Collectors.joining(","));
    }

    List<String> httpAddresses() {
        return numbers().mapToObj(this::http).toList();
    }

    Path directory(int node) {
        return disk(node).directory();
    }

    Disk disk(int node) {
        return disks.get(node - 1);
    }

    RealBroker broker(int node) {
        return brokers.get(node - 1);
    }

    @Nullable
    FaultyNetwork network() {
        return network;
    }

    @Override
    protected boolean isAlive(int node) {
        return broker(node).isAlive();
    }

    /** Those of them that don't run, at the same time. */
    void start() throws IOException {
        List<Integer> down = numbers().filter(node -> !isAlive(node)).boxed().toList();
        for (int node : down) {
            begin(node);
        }
        for (int node : down) {
            if (broker(node).awaitReady() == null) {
                throw new IllegalStateException("node " + node + " does not start any more: "
                        + broker(node).lastOutput());
            }
        }
    }

    void begin(int node) throws IOException {
        broker(node).begin(HEAP_MB);
    }

    /** From its next start on: with a certificate that the others don't trust, or its own. */
    void beStranger(int node, boolean isOne) {
        broker(node).settings(settings(node, isOne ? stranger(node) : "n" + node));
    }

    /** Makes another disk for a node, asking the one that leads; returns whether that went well. */
    boolean replace(int node, int leader) throws IOException, InterruptedException {
        return broker(node)
                        .command(HEAP_MB, List.of("cluster", "replace", "n" + node, "--http", "http://" + http(leader)))
                == 0;
    }

    /** Takes all that its disk has. */
    void wipe(int node) throws IOException {
        try (Stream<Path> all = Files.walk(directory(node))) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
        Files.createDirectory(directory(node));
    }

    /** Until all have what the one that leads has; then that is at rest. */
    void awaitAllCaughtUp() throws IOException, InterruptedException {
        for (int node = 1; node <= COUNT; node++) {
            awaitCaughtUp(node, awaitLeader());
        }
    }

    /** What a disk holds, read as a start would: of the last record, and the state there. */
    record State(long sequence, long hash) {}

    /** Of a node that does not run. */
    State state(int node) throws IOException {
        PartitionLayout layout = PartitionLayout.read(directory(node));
        SnapshotStore snapshots = new SnapshotStore(layout.directory(0), layout.placement(0));
        Recovery recovery = new Recovery(new Partition(layout.placement(0), Outbox.DISCARD), snapshots);
        JournalCheck.Report report = new JournalCheck(layout.directory(0)).run(recovery::readSnapshot, recovery);
        if (report.isDamaged()) {
            throw new IllegalStateException("node " + node + ": " + report.refusal());
        }
        return new State(recovery.lastSequence(), recovery.partition().stateHash());
    }

    /** What must not outlive this process. */
    void end() throws IOException, InterruptedException {
        for (RealBroker each : brokers) {
            if (each.isAlive()) {
                each.kill();
            }
        }
        for (Disk each : disks) {
            each.close();
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        end();
        if (network != null) {
            network.close();
        }
    }
}
