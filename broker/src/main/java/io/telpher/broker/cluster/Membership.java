package io.telpher.broker.cluster;

import io.telpher.broker.cluster.raft.RaftDivision;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who belongs to the cluster, by Raft's own configuration. One change at a time, each of them from the members that were looked at: another one between makes it fail. A member is
 * put in another's place in one step, so there are never more voters than disks, and the new one counts from when it has caught up. Any thread.
 */
final class Membership {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    private static final int NODES_MIN = 3;
    private static final int NODES_MAX = 7;

    private final ClusterSettings settings;
    private final RaftDivision raft;
    private final Runnable changed;

    /** @param changed told when the members are others */
    Membership(ClusterSettings settings, RaftDivision raft, Runnable changed) {
        this.settings = settings;
        this.raft = raft;
        this.changed = changed;
    }

    /** Whether this process is a member, and no change is under way. */
    boolean isMember() throws IOException {
        return raft.division().getRaftConf().getPreviousPeers().isEmpty()
                && raft.members().stream().anyMatch(peer -> peer.getId().equals(raft.id()));
    }

    /** The member that a node is; null = none. */
    @Nullable
    RaftPeerId memberOf(String node) throws IOException {
        return raft.members().stream()
                .map(RaftPeer::getId)
                .filter(id -> NodeFile.nodeOf(id.toString()).equals(node))
                .findAny()
                .orElse(null);
    }

    /**
     * Whether a new disk of a node may come.
     *
     * @param replaces whether it comes in the place of the one that the node has
     * @return the member in whose place; empty when in none
     */
    String admissible(String node, String link, boolean replaces) throws IOException, RefusedException {
        String old = "";
        for (RaftPeer peer : raft.members()) {
            String id = peer.getId().toString();
            if (NodeFile.nodeOf(id).equals(node)) {
                old = id;
            } else if (peer.getAddress().equals(link)) {
                throw new RefusedException("the node link of " + NodeFile.nodeOf(id) + " is at " + link
                        + "; set another address for " + node + " in cluster.nodes");
            }
        }
        if (replaces == old.isEmpty()) {
            throw new RefusedException(
                    replaces
                            ? "this cluster has no node " + node + "; it has " + names()
                                    + ". tq cluster add makes a new one"
                            : node + " is a node of this cluster; for a new disk of it use tq cluster replace");
        }
        if (old.equals(raft.id().toString())) {
            throw new RefusedException(node + " leads the cluster and works; stop it first");
        }
        if (!replaces && raft.members().size() >= NODES_MAX) {
            throw new RefusedException("the cluster has " + raft.members().size() + " nodes, which is the most");
        }
        requireHealthy(old, replaces ? raft.members().size() : raft.members().size() + 1);
        return old;
    }

    private String names() throws IOException {
        return String.join(
                ", ",
                raft.members().stream()
                        .map(peer -> NodeFile.nodeOf(peer.getId().toString()))
                        .sorted()
                        .toList());
    }

    /** Those that stay are a majority of those to be, and answer: the new one is not needed for anything. */
    private void requireHealthy(String without, int size) throws IOException, RefusedException {
        long patienceMs = 2 * settings.electionMax().toMillis();
        int healthy = 1;
        Map<String, Long> silent = new TreeMap<>();
        for (ServerRpcProto each :
                raft.info().getRoleInfoProto().getLeaderInfo().getFollowerInfoList()) {
            String id = each.getId().getId().toStringUtf8();
            if (!id.equals(without)) {
                if (each.getLastRpcElapsedTimeMs() <= patienceMs) {
                    healthy++;
                } else {
                    silent.put(NodeFile.nodeOf(id), each.getLastRpcElapsedTimeMs());
                }
            }
        }
        boolean isFirstOther =
                healthy == 1 && size == 2; // who comes to one that is alone is needed from then on, anyhow
        if (healthy <= size / 2 && !isFirstOther) {
            throw new RefusedException("only " + healthy + " of the " + size
                    + " nodes that there would be answer, which is no majority; not heard from, in ms: " + silent
                    + ". Start these first");
        }
    }

    /**
     * Begins to make a new disk a member; asked again by it until it is. Refused when that can't be any more.
     *
     * @param replaces the member in whose place; empty = beside the others
     */
    void join(String member, String link, String replaces) throws IOException, RefusedException {
        if (!raft.info().isLeader()) {
            throw new IOException("this node does not lead");
        }
        List<RaftPeer> now = new ArrayList<>(raft.members());
        if (!raft.division().getRaftConf().getPreviousPeers().isEmpty()
                || now.stream().anyMatch(peer -> peer.getId().toString().equals(member))) {
            return; // a change is under way, or over
        }
        String node = NodeFile.nodeOf(member);
        boolean isThere = now.stream()
                .anyMatch(peer -> replaces.isEmpty()
                        ? NodeFile.nodeOf(peer.getId().toString()).equals(node)
                        : peer.getId().toString().equals(replaces));
        if (isThere == replaces.isEmpty()) {
            throw new RefusedException(
                    replaces.isEmpty()
                            ? "the cluster has a node " + node + " already"
                            : "the cluster has no member " + replaces + " any more, in whose place " + member
                                    + " was to come");
        }
        List<RaftPeer> then = new ArrayList<>(now);
        then.removeIf(peer -> peer.getId().toString().equals(replaces));
        then.add(RaftPeer.newBuilder().setId(member).setAddress(link).build());
        set(now, then);
    }

    /** Begins to make a node none of this cluster. */
    void remove(String node) throws IOException, RefusedException {
        List<RaftPeer> now = new ArrayList<>(raft.members());
        List<RaftPeer> then = new ArrayList<>(now);
        then.removeIf(peer -> NodeFile.nodeOf(peer.getId().toString()).equals(node));
        if (then.size() == now.size()) {
            throw new RefusedException("this cluster has no node " + node + "; it has " + names());
        }
        if (NodeFile.nodeOf(raft.id().toString()).equals(node)) {
            throw new RefusedException(node + " leads the cluster; have another node lead first: tq cluster step-down");
        }
        if (then.size() < NODES_MIN) {
            throw new RefusedException("the cluster has " + now.size() + " nodes, and needs " + NODES_MIN
                    + " to lose one and lose nothing; for another machine in its place use tq cluster replace");
        }
        String gone = now.stream()
                .map(peer -> peer.getId().toString())
                .filter(id -> NodeFile.nodeOf(id).equals(node))
                .findAny()
                .orElse("");
        requireHealthy(gone, then.size());
        set(now, then);
    }

    private void set(List<RaftPeer> now, List<RaftPeer> then) throws IOException {
        SetConfigurationRequest.Arguments change = SetConfigurationRequest.Arguments.newBuilder()
                .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                .setServersInCurrentConf(now)
                .setServersInNewConf(then)
                .build();
        raft.change(change).whenComplete((reply, error) -> {
            if (error == null && reply.isSuccess()) {
                String members = then.stream()
                        .map(peer -> peer.getId().toString())
                        .sorted()
                        .toList()
                        .toString();
                LOG.info("TQ-5017 the members of the cluster {} are {}", settings.name(), members);
                changed.run();
            } else {
                LOG.info("the members were not changed this time: {}", error != null ? error : reply);
            }
        });
    }
}
