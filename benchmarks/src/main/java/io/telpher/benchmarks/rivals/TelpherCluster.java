package io.telpher.benchmarks.rivals;

import io.telpher.benchmarks.FrameSocket;
import io.telpher.broker.Broker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Three nodes of Telpher, spoken to by the Java client with all addresses, or by a socket to the one that leads. The links between them are plain, as the rivals' are. */
final class TelpherCluster implements Rival {
    private final List<String> launcher;
    private final boolean bySocket;

    /** As {@link TelpherBroker}. */
    TelpherCluster(List<String> launcher, boolean bySocket) {
        this.launcher = launcher;
        this.bySocket = bySocket;
    }

    @Override
    public String name() {
        return bySocket ? "telpher-cluster-socket" : "telpher-cluster";
    }

    @Override
    public String durability() {
        return "3 nodes, synced by a majority";
    }

    @Override
    public boolean syncs() {
        return true;
    }

    @Override
    public List<String> programs() {
        return List.of("java");
    }

    @Override
    public String debianPackage() {
        return "";
    }

    @Override
    public String version() {
        return Broker.VERSION;
    }

    @Override
    public Server start(Path directory) throws IOException, InterruptedException {
        return new ClusterNodes(launcher, directory, false).startAll();
    }

    @Override
    public Driver connect(Server server) throws IOException {
        return bySocket
                ? new TelpherSocket(leaderOf(server.ports()))
                : new TelpherClient(ClusterNodes.url(server.ports()));
    }

    /** The others refuse. */
    private static String leaderOf(List<Integer> ports) throws IOException {
        IOException last = new IOException("no node");
        for (int port : ports) {
            String url = ClusterNodes.url(List.of(port));
            try (FrameSocket socket = new FrameSocket(url, "benchmark")) {
                return url;
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }
}
