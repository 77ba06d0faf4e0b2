package io.telpher.broker.cluster;

import io.telpher.broker.cluster.raft.RaftDivision;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this node says of itself to the others, and knows of them. Any thread, but for what says otherwise. */
final class NodeView {
    private static final Logger LOG = LoggerFactory.getLogger(NodeView.class);

    private final ClusterSettings settings;
    private final Path directory;
    private final NodeFile node;
    private final RaftDivision raft;
    private final NodeLinks links;
    private final NodeReports reports;
    private final StateChecks checks;
    private final Map<String, String> advertised = new ConcurrentHashMap<>();
    private final AtomicLong leaderChanges = new AtomicLong();
    private volatile NodeReport.@Nullable Local local;
    private volatile String lastLeader = "";
    private volatile long leaderSeenNanos = System.nanoTime();

    /**
     * @param node whose member and cluster don't change while the process runs
     * @param superseded told of a node that goes on with this cluster's data as another one
     * @param returned told of a member that answers again
     */
    NodeView(
            ClusterSettings settings,
            Path directory,
            NodeFile node,
            RaftDivision raft,
            NodeLinks links,
            StateChecks checks,
            Consumer<String> superseded,
            Consumer<String> returned) {
        this.settings = settings;
        this.directory = directory;
        this.node = node;
        this.raft = raft;
        this.links = links;
        this.reports = new NodeReports(settings, links, node.cluster(), superseded, returned);
        this.checks = checks;
    }

    /** @param broker that this node is part of */
    void isPartOf(NodeReport.Local broker) {
        local = broker;
    }

    // ---- who leads

    /** @param leader a member; empty = none is known */
    synchronized void leads(String leader) {
        if (!leader.isEmpty() && !leader.equals(lastLeader)) {
            lastLeader = leader;
            leaderChanges.incrementAndGet();
            LOG.info("TQ-5012 node {} leads the cluster {}", NodeFile.nodeOf(leader), settings.name());
        }
    }

    /** The id of the one that leads; empty when none is known. */
    String leader() {
        return NodeFile.nodeOf(leadingMember());
    }

    /** {@code host:port} of the binary protocol of the one that leads; empty when that is not known. */
    String leaderAddress() {
        return advertised(leadingMember());
    }

    private String leadingMember() {
        try {
            RaftPeerId leader = raft.info().getLeaderId();
            return leader == null ? "" : leader.toString();
        } catch (IOException e) {
            return ""; // the node starts or stops
        }
    }

    void seesLeader() {
        leaderSeenNanos = System.nanoTime();
    }

    long leaderlessNanos() {
        return System.nanoTime() - leaderSeenNanos;
    }

    /** A node says where it takes clients, {@code host:port} of the binary protocol. */
    void advertises(String which, String address) {
        advertised.put(which, address);
    }

    /** Empty when it is not known. */
    String advertised(String member) {
        return advertised.getOrDefault(NodeFile.nodeOf(member), "");
    }

    // ---- what nodes say of themselves

    /** What this one says. */
    NodeReport report() throws IOException {
        DivisionInfo info = raft.info();
        NodeReport.Local broker = local;
        return new NodeReport(
                node.member(),
                broker == null ? "" : broker.version(),
                role(info),
                info.getCurrentTerm(),
                info.getLastAppliedIndex(),
                broker == null ? 0 : broker.freeBytes(),
                broker == null || broker.hasRoom(),
                broker == null ? NodeReport.Semantics.UNSAID : broker.semantics(),
                checks.own());
    }

    private static String role(DivisionInfo info) {
        return info.getCurrentRole().name().toLowerCase(Locale.ROOT);
    }

    /** Once a second, by one thread. */
    void askOthers() throws IOException {
        NodeReport.Local broker = local;
        if (broker == null) {
            return;
        }
        Collection<RaftPeer> members = raft.members();
        List<RaftPeer> others =
                members.stream().filter(peer -> !peer.getId().equals(raft.id())).toList();
        reports.judgeClocks();
        List<String> ids = others.stream().map(peer -> peer.getId().toString()).toList();
        broker.lowElsewhere(reports.withoutRoom(ids, !broker.hasRoom(), node.member()));
        if (others.size() < members.size()) { // one that is no member is not compared
            checks.judge(said(members));
        }
        links.keep(raft.division().getRaftConf().getAllPeers());
        reports.ask(others);
    }

    /** What this node knows itself. */
    NodeReport.Semantics semantics() {
        NodeReport.Local broker = local;
        return broker == null ? NodeReport.Semantics.UNSAID : broker.semantics();
    }

    /** What all members, also those that are only to become some, say of themselves; null = nothing lately. */
    Map<String, @Nullable NodeReport> latest() throws IOException {
        Map<String, @Nullable NodeReport> latest = new LinkedHashMap<>();
        for (RaftPeer peer : raft.division().getRaftConf().getAllPeers()) {
            String id = peer.getId().toString();
            NodeReport.Seen said = seen(id);
            latest.put(id, said != null && NodeReports.isFresh(said) ? said.report() : null);
        }
        return latest;
    }

    private Map<String, NodeReport.@Nullable Check> said(Collection<RaftPeer> members) throws IOException {
        Map<String, NodeReport.@Nullable Check> said = new HashMap<>();
        String version = report().version();
        for (RaftPeer peer : members) {
            String id = peer.getId().toString();
            said.put(id, StateChecks.comparable(seen(id), version));
        }
        return said;
    }

    private NodeReport.@Nullable Seen seen(String member) throws IOException {
        return member.equals(node.member()) ? new NodeReport.Seen(report(), 0, System.nanoTime()) : reports.of(member);
    }

    private long logBytes() throws IOException {
        Path current =
                directory.resolve("raft").resolve(node.cluster().toString()).resolve("current");
        long bytes = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(current, "log_*")) {
            for (Path file : files) {
                bytes += file.toFile().length(); // 0 when it was cut meanwhile
            }
        }
        return bytes;
    }

    /**
     * Of this moment.
     *
     * @param semantics version in use
     */
    ClusterStatus status(long voidBatches, int semantics) throws IOException {
        RaftServer.Division division = raft.division();
        DivisionInfo info = division.getInfo();
        RaftPeerId leader = info.getLeaderId();
        Map<String, Long> commits = new TreeMap<>();
        for (CommitInfoProto each : division.getCommitInfos()) {
            commits.put(each.getServer().getId().toStringUtf8(), each.getCommitIndex());
        }
        long @Nullable [] matches = info.getFollowerMatchIndices(); // null when this one does not lead, or no more
        long checkIndex = checks.index();
        Map<String, ClusterStatus.Verdict> verdicts =
                StateChecks.verdicts(said(division.getRaftConf().getCurrentPeers()), checkIndex);
        List<ClusterStatus.Node> nodes = new ArrayList<>();
        for (RaftPeer peer : division.getRaftConf().getAllPeers()) {
            String id = peer.getId().toString();
            NodeReport.Seen said = seen(id);
            nodes.add(new ClusterStatus.Node(
                    NodeFile.nodeOf(id),
                    id,
                    peer.getAddress(),
                    peer.getId().equals(leader),
                    commits.getOrDefault(id, -1L),
                    advertised(id),
                    said == null ? null : said.report(),
                    said == null ? 0 : said.skewMs(),
                    said == null ? 0 : TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - said.nanos()),
                    verdicts.getOrDefault(id, ClusterStatus.Verdict.NOT_ANSWERED),
                    checks.isDiffering(id)));
        }
        return new ClusterStatus(
                settings.name(),
                node.cluster().toString(),
                settings.node(),
                leader == null ? "" : NodeFile.nodeOf(leader.toString()),
                role(info),
                info.getCurrentTerm(),
                info.getLastAppliedIndex(),
                leaderChanges.get(),
                voidBatches,
                leader == null ? TimeUnit.NANOSECONDS.toMillis(leaderlessNanos()) : 0,
                matches == null ? 0 : matches.length,
                reports.skews(),
                logBytes(),
                checkIndex,
                semantics,
                nodes);
    }
}
