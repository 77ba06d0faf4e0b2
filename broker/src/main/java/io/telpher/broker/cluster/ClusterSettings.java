package io.telpher.broker.cluster;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a node of a cluster is told by its configuration.
 *
 * @param name of the cluster; a directory of another one is refused
 * @param node this one's id
 * @param nodes all of them by id, as {@code host:port} of their node links: what a new cluster begins with
 * @param bind where this one's node link listens
 * @param advertise what clients are told to connect to while this node leads, {@code host:port} of the binary protocol; empty = where it listens
 * @param electionMin after so long, at least, without a word from the leader a node stands for election
 * @param electionMax and at most
 * @param leaseResume after a change of leaders, how long a lease waits for its worker before the task goes to another
 * @param clockSkewMax nodes whose wall clocks differ by more are told of
 * @param tls of the node link; null only where all are on this machine
 */
public record ClusterSettings(
        String name,
        String node,
        Map<String, String> nodes,
        InetSocketAddress bind,
        String advertise,
        Duration electionMin,
        Duration electionMax,
        Duration leaseResume,
        Duration clockSkewMax,
        @Nullable Tls tls) {
    /** Files in PEM: what this node shows, and who may talk to it. */
    public record Tls(Path certificate, Path key, Path authorities) {}

    public ClusterSettings {
        nodes = Map.copyOf(nodes);
    }
}
