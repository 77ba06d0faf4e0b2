package io.telpher.broker.http.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.telpher.broker.cluster.ClusterStatus;
import io.telpher.broker.cluster.NodeReport;
import io.telpher.broker.http.call.ClusterControl;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Figures of each node of a cluster, as this one knows them. Those of nodes that have not said anything yet are left out. */
final class NodeMetrics {
    private static final double MS = 1_000;

    private final ClusterControl cluster;
    private final MultiGauge lag;
    private final MultiGauge free;
    private final MultiGauge skew;
    private final MultiGauge silent;
    private final MultiGauge applied;
    private final MultiGauge differs;
    private final MultiGauge info;

    NodeMetrics(MeterRegistry registry, ClusterControl cluster) {
        this.cluster = cluster;
        this.lag = gauge(registry, "telpher.raft.follower.lag", "Entries that a node is behind the one that has most");
        this.free = gauge(registry, "telpher.node.free.bytes", "Free space on the disk of a node's journal.dir");
        this.skew = gauge(
                registry,
                "telpher.node.clock.skew.ms",
                "How far a node's wall clock is ahead of this one's; negative behind");
        this.silent = gauge(registry, "telpher.node.silent.seconds", "Since a node last said how it is");
        this.applied = gauge(registry, "telpher.node.applied", "Entries of the shared log that a node has taken");
        this.differs = gauge(
                registry,
                "telpher.node.state.differs",
                "1 when a node's state was another than the others' in the last check that it took part in");
        this.info = gauge(registry, "telpher.node.info", "1; what a node says it is");
    }

    private static MultiGauge gauge(MeterRegistry registry, String name, String description) {
        return MultiGauge.builder(name).description(description).register(registry);
    }

    /** Before a scrape. */
    synchronized void update() {
        List<ClusterStatus.Node> nodes;
        try {
            ClusterStatus status = cluster.status();
            nodes = status.nodes();
            lag.register(
                    rows(nodes.stream().filter(node -> node.commitIndex() >= 0).toList(), status::lag), true);
        } catch (IOException e) {
            nodes = List.of(); // it is closing
            lag.register(List.of(), true);
        }
        List<ClusterStatus.Node> said =
                nodes.stream().filter(node -> node.report() != null).toList();
        free.register(rows(said, node -> report(node).freeBytes()), true);
        skew.register(rows(said, ClusterStatus.Node::skewMs), true);
        silent.register(rows(said, node -> node.silentMs() / MS), true);
        applied.register(rows(said, node -> report(node).appliedIndex()), true);
        differs.register(rows(said, node -> node.differs() ? 1 : 0), true);
        List<MultiGauge.Row<?>> infos = new ArrayList<>();
        for (ClusterStatus.Node node : said) {
            Tags tags = Tags.of(
                    "node",
                    node.id(),
                    "version",
                    report(node).version(),
                    "role",
                    report(node).role());
            infos.add(MultiGauge.Row.of(tags, 1));
        }
        info.register(infos, true);
    }

    private static NodeReport report(ClusterStatus.Node node) {
        return java.util.Objects.requireNonNull(node.report());
    }

    private static List<MultiGauge.Row<?>> rows(
            List<ClusterStatus.Node> nodes, ToDoubleFunction<ClusterStatus.Node> figure) {
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        for (ClusterStatus.Node node : nodes) {
            rows.add(MultiGauge.Row.of(Tags.of("node", node.id()), figure.applyAsDouble(node)));
        }
        return rows;
    }
}
