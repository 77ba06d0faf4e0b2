package io.telpher.broker.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.ratis.protocol.RaftPeer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the others say of themselves: each node asks each other one, once a second, over the node link. What is made of it: a warning when clocks differ, and no new tasks when so
 * many disks are nearly full that a majority could not keep them. Asked by one thread; what is known, any thread.
 */
final class NodeReports {
    private static final Logger LOG = LoggerFactory.getLogger(NodeReports.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    /** A node that has said nothing for so long keeps nothing, and its clock is not judged. */
    private static final long SILENT_NANOS_MAX = TimeUnit.SECONDS.toNanos(10);

    private static final String WALL = "wall_ms";
    private static final String CHECK = "check";
    private static final String OLDEST_SEMANTICS = "oldest_semantics";
    private static final String NEWEST_SEMANTICS = "newest_semantics";
    private static final String FORMER = "former";

    private final ClusterSettings settings;
    private final Map<String, NodeReport.Seen> seen = new ConcurrentHashMap<>();
    private final NodeLinks links;
    private final UUID cluster;
    private final Consumer<String> superseded;
    private final Consumer<String> returned;
    private final Set<String> silent = ConcurrentHashMap.newKeySet();
    private final Set<String> skewed = new HashSet<>();

    /**
     * @param cluster this node's
     * @param superseded told of a member that is one of another cluster, which goes on with this one's data
     * @param returned told of a member that answers, and did not when it was asked before; on any thread, which it may keep for some seconds
     */
    NodeReports(
            ClusterSettings settings,
            NodeLinks links,
            UUID cluster,
            Consumer<String> superseded,
            Consumer<String> returned) {
        this.returned = returned;
        this.cluster = cluster;
        this.superseded = superseded;
        this.settings = settings;
        this.links = links;
    }

    /** @param former the cluster in whose place this one is; null = none */
    static byte[] write(NodeReport report, long wallMs, @Nullable UUID former) throws IOException {
        ObjectNode json = JSON.createObjectNode();
        NodeReport.Check check = report.check();
        if (check != null) {
            json.putObject(CHECK)
                    .put("index", check.index())
                    .put("sequence", check.sequence())
                    .put("hash", check.hash());
        }
        if (former != null) {
            json.put(FORMER, former.toString());
        }
        return JSON.writeValueAsBytes(json.put("member", report.member())
                .put("version", report.version())
                .put("role", report.role())
                .put("term", report.term())
                .put("applied_index", report.appliedIndex())
                .put("free_bytes", report.freeBytes())
                .put("has_room", report.hasRoom())
                .put(OLDEST_SEMANTICS, report.semantics().oldest())
                .put(NEWEST_SEMANTICS, report.semantics().newest())
                .put(WALL, wallMs));
    }

    static NodeReport read(byte[] json) throws IOException {
        return read(JSON.readTree(json));
    }

    private static NodeReport read(JsonNode json) {
        return new NodeReport(
                json.path("member").asText(),
                json.path("version").asText(),
                json.path("role").asText(),
                json.path("term").asLong(),
                json.path("applied_index").asLong(),
                json.path("free_bytes").asLong(),
                json.path("has_room").asBoolean(),
                new NodeReport.Semantics(
                        json.path(OLDEST_SEMANTICS).asInt(),
                        json.path(NEWEST_SEMANTICS).asInt()),
                json.has(CHECK) ? check(json.path(CHECK)) : null);
    }

    private static NodeReport.Check check(JsonNode json) {
        return new NodeReport.Check(
                json.path("index").asLong(),
                json.path("sequence").asLong(),
                json.path("hash").asLong());
    }

    /** Null when it has said nothing yet. */
    NodeReport.@Nullable Seen of(String member) {
        return seen.get(member);
    }

    /** Asks them; the answers come later. */
    void ask(Collection<RaftPeer> others) throws IOException {
        Set<String> members = new HashSet<>();
        for (RaftPeer peer : others) {
            members.add(peer.getId().toString());
            ask(links.to(peer), peer.getId().toString());
        }
        seen.keySet().retainAll(members);
        silent.retainAll(members);
    }

    private void ask(NodeLink.Connection connection, String member) {
        long askedMs = System.currentTimeMillis();
        long askedNanos = System.nanoTime();
        connection.report(
                answer -> {
                    long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - askedNanos);
                    try {
                        JsonNode json = JSON.readTree(answer);
                        if (json.path(FORMER).asText().equals(cluster.toString())) {
                            superseded.accept(json.path("member").asText());
                        }
                        // Half of the way there, half of the way back.
                        long skewMs = json.path(WALL).asLong() - askedMs - tookMs / 2;
                        took(member, read(json), skewMs);
                    } catch (IOException e) {
                        LOG.warn("TQ-5020 what node {} says of itself can't be read", NodeFile.nodeOf(member), e);
                    }
                },
                () -> silent.add(member));
    }

    void took(String member, NodeReport report, long skewMs) {
        if (report.member().equals(member)) {
            seen.put(member, new NodeReport.Seen(report, skewMs, System.nanoTime()));
            if (silent.remove(member)) {
                returned.accept(member);
            }
        }
    }

    /** It has said so lately. */
    static boolean isFresh(NodeReport.@Nullable Seen each) {
        return each != null && System.nanoTime() - each.nanos() <= SILENT_NANOS_MAX;
    }

    /** Tells of clocks that begin to differ, or no longer do. */
    void judgeClocks() {
        long maxMs = settings.clockSkewMax().toMillis();
        seen.forEach((member, each) -> {
            String node = NodeFile.nodeOf(member);
            boolean isSkewed = isFresh(each) && Math.abs(each.skewMs()) > maxMs;
            if (isSkewed && skewed.add(node)) {
                LOG.warn(
                        "TQ-5031 {}, expected at most {} ms (cluster.clock_skew_max): set the clocks by NTP on all nodes",
                        skew(node, each.skewMs()),
                        maxMs);
            } else if (!isSkewed && isFresh(each) && skewed.remove(node)) {
                LOG.info("the clocks of node {} and of this one agree again", node);
            }
        });
    }

    private static String skew(String node, long skewMs) {
        return "the wall clock of node " + node + " is " + Math.abs(skewMs) + " ms "
                + (skewMs > 0 ? "ahead of" : "behind") + " this one's";
    }

    /** For people; empty = no two differ by more than they may. */
    List<String> skews() {
        List<String> all = new ArrayList<>();
        seen.forEach((member, each) -> {
            if (isFresh(each)
                    && Math.abs(each.skewMs()) > settings.clockSkewMax().toMillis()) {
                all.add(skew(NodeFile.nodeOf(member), each.skewMs()));
            }
        });
        all.sort(null);
        return all;
    }

    /**
     * Which nodes have no room for new tasks, when those that do are no majority. One that has not been heard of lately keeps nothing either, but does not count unless another one
     * is low: whether enough nodes are there at all shows when tasks are to be confirmed.
     *
     * @param others but this one
     * @return ids; empty = a majority has room
     */
    String withoutRoom(Collection<String> others, boolean isLowHere, String own) {
        List<String> low = new ArrayList<>();
        int silent = 0;
        if (isLowHere) {
            low.add(NodeFile.nodeOf(own));
        }
        for (String member : others) {
            NodeReport.Seen each = seen.get(member);
            if (each != null && !each.report().hasRoom()) {
                low.add(NodeFile.nodeOf(member));
            } else if (!isFresh(each)) {
                silent++;
            }
        }
        int members = others.size() + 1;
        boolean isMajority = members - low.size() - silent > members / 2;
        low.sort(null);
        return low.isEmpty() || isMajority ? "" : String.join(", ", low);
    }
}
