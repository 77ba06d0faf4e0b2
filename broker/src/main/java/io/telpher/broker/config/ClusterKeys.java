package io.telpher.broker.config;

import io.telpher.broker.BrokerConfig;
import io.telpher.broker.cluster.ClusterSettings;
import io.telpher.broker.journal.SyncPolicy;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The keys of a cluster, and the rules that keep what it confirms from being lost by a setting. */
final class ClusterKeys {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]{0,31}");
    private static final int NODES_MIN = 3;
    private static final int NODES_MAX = 7;
    private static final int PORT_MAX = 65_535;
    /** Shorter ones flap on a busy machine, which gets no processor for so long. */
    private static final long ELECTION_MS_MIN = 300;

    private static final long ELECTION_MS_MAX = 60_000;
    private static final long SKEW_MS_MAX = 600_000;
    private static final long RESUME_MS_MAX = 600_000;
    private static final String NODES = "cluster.nodes";
    private static final String NODE = "cluster.node";

    /** What only a node has; the others have the same value, said or not. */
    private static final List<String> NOTHING_BY_DEFAULT = List.of(
            NODE,
            NODES,
            "cluster.bind",
            "cluster.advertise",
            "cluster.tls.certificate",
            "cluster.tls.key",
            "cluster.tls.ca");

    private final List<String> problems;
    private final Map<String, Setting> settings;

    ClusterKeys(List<String> problems, Map<String, Setting> settings) {
        this.problems = problems;
        this.settings = settings;
    }

    /** Null when no cluster is named. */
    @Nullable
    ClusterSettings build() {
        String name = text("cluster.name");
        if (name.isEmpty()) {
            NOTHING_BY_DEFAULT.stream()
                    .filter(key -> !text(key).isEmpty())
                    .findFirst()
                    .ifPresent(key -> problem(key, "is set and cluster.name is not; without it this is no node"));
            return null;
        }
        if (!ID.matcher(name).matches()) {
            problem("cluster.name", "\"" + name + "\" is not 1-32 of [A-Za-z0-9-]");
        }
        String node = text(NODE);
        Map<String, String> nodes = nodes();
        String own = nodes.get(node);
        if (own == null) {
            problem(
                    NODE,
                    "\"" + node + "\" is not one of cluster.nodes, which names " + String.join(", ", nodes.keySet()));
            return null;
        }
        String bind = text("cluster.bind").isEmpty() ? own : text("cluster.bind");
        InetSocketAddress link = address("cluster.bind", bind);
        long electionMs = durationMs("cluster.election_timeout", 500, ELECTION_MS_MIN, ELECTION_MS_MAX);
        return link == null
                ? null
                : new ClusterSettings(
                        name,
                        node,
                        nodes,
                        link,
                        advertised(),
                        Duration.ofMillis(electionMs),
                        Duration.ofMillis(electionMs + electionMs / 2), // a node looks only at the end of each
                        Duration.ofMillis(durationMs("cluster.lease_resume", 5_000, 0, RESUME_MS_MAX)),
                        Duration.ofMillis(durationMs("cluster.clock_skew_max", 500, 1, SKEW_MS_MAX)),
                        tls(nodes));
    }

    /** What else of the configuration a node can't have. */
    void check(BrokerConfig config) {
        if (config.cluster() == null) {
            return;
        }
        if (config.sync().mode() != SyncPolicy.Mode.BATCH) {
            problem(
                    "journal.sync",
                    "a node of a cluster needs \"batch\": what a node says it has must survive its power");
        }
        if (config.partitions() > 1) {
            problem("broker.partitions", "is " + config.partitions() + "; a node of a cluster has 1 partition");
        }
    }

    private Map<String, String> nodes() {
        Map<String, String> nodes = new LinkedHashMap<>();
        Set<String> addresses = new HashSet<>();
        for (String each : text(NODES).split(",")) {
            String[] parts = each.strip().split("=", 2);
            String id = parts[0].strip();
            if (parts.length < 2 || !ID.matcher(id).matches()) {
                problem(NODES, "\"" + each.strip() + "\" is not like n1=host1:8359");
                continue;
            }
            String address = parts[1].strip();
            if (address(NODES, address) != null && !addresses.add(address)) {
                problem(NODES, "two nodes have the address " + address);
            }
            if (nodes.put(id, address) != null) {
                problem(NODES, "two nodes have the id " + id);
            }
        }
        if (nodes.size() < NODES_MIN || nodes.size() > NODES_MAX) {
            problem(
                    NODES,
                    "names " + nodes.size() + " nodes; it takes " + NODES_MIN
                            + " to lose one and lose nothing, 5 to lose two, " + NODES_MAX + " at most");
        }
        return nodes;
    }

    private @Nullable InetSocketAddress address(String key, String text) {
        int colon = text.lastIndexOf(':');
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            if (colon > 0 && port > 0 && port <= PORT_MAX) {
                return InetSocketAddress.createUnresolved(text.substring(0, colon), port);
            }
        } catch (NumberFormatException e) {
            // Told below, as what has no port is.
        }
        problem(key, "\"" + text + "\" is not host:port");
        return null;
    }

    private String advertised() {
        String text = text("cluster.advertise");
        if (!text.isEmpty()) {
            address("cluster.advertise", text);
        }
        return text;
    }

    private ClusterSettings.@Nullable Tls tls(Map<String, String> nodes) {
        String certificate = text("cluster.tls.certificate");
        String key = text("cluster.tls.key");
        String ca = text("cluster.tls.ca");
        boolean isWhole = !certificate.isEmpty() && !key.isEmpty() && !ca.isEmpty();
        if (isWhole) {
            return new ClusterSettings.Tls(Path.of(certificate), Path.of(key), Path.of(ca));
        }
        boolean isBegun = !certificate.isEmpty() || !key.isEmpty() || !ca.isEmpty();
        boolean isHere = nodes.values().stream().allMatch(ClusterKeys::isLoopback);
        if (isBegun || !isHere) {
            problem(
                    "cluster.tls.certificate",
                    "nodes on several machines show each other who they are: cluster.tls.certificate, key and ca must be set");
        }
        return null;
    }

    private static boolean isLoopback(String address) {
        String host = address.substring(0, Math.max(0, address.lastIndexOf(':')));
        return host.equals("localhost") || host.equals("[::1]") || host.startsWith("127.");
    }

    private long durationMs(String key, long byDefault, long least, long most) {
        if (text(key).isEmpty()) {
            return byDefault;
        }
        try {
            long ms = Units.durationMs(text(key));
            if (ms >= least && ms <= most) {
                return ms;
            }
            problem(key, text(key) + " must be " + least + "ms to " + most + "ms");
        } catch (IllegalArgumentException | ArithmeticException e) {
            problem(key, String.valueOf(e.getMessage()));
        }
        return byDefault;
    }

    private String text(String key) {
        Setting setting = settings.get(key);
        return setting == null ? "" : setting.value().strip();
    }

    private void problem(String key, String what) {
        Setting setting = settings.get(key);
        problems.add("TQ-1005" + (setting == null ? "" : " " + setting.where()) + " " + key + ": " + what);
    }
}
