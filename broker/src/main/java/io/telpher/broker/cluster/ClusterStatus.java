package io.telpher.broker.cluster;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A cluster as one of its nodes sees it at a moment.
 *
 * @param cluster its id
 * @param node the one that says so
 * @param leader empty = none is known
 * @param role of this node: leader, follower, candidate
 * @param term count of elections
 * @param appliedIndex entries of the shared log that this node has taken
 * @param leaderChanges that this node has seen since its start
 * @param voidBatches agreed on and without effect, since this node's start
 * @param leaderlessMs how long this node knows of no leader
 * @param followers that a leader reaches, or tries to
 * @param skews which clocks differ from this node's by more than they may, for people
 * @param logBytes of the shared log on this node's disk
 * @param checkIndex of the last check of all states, see {@link StateChecks}; 0 = none since this node's start
 * @param semantics version by whose rules the records are decided that this node has applied last; 0 = there are none
 */
public record ClusterStatus(
        String name,
        String cluster,
        String node,
        String leader,
        String role,
        long term,
        long appliedIndex,
        long leaderChanges,
        long voidBatches,
        long leaderlessMs,
        int followers,
        List<String> skews,
        long logBytes,
        long checkIndex,
        int semantics,
        List<Node> nodes) {
    /** What a check says of a node. */
    public enum Verdict {
        /** Nothing yet. */
        NOT_ANSWERED,
        /** It is in the same state as a majority. */
        EQUAL,
        DIFFERENT,
        /** Those that have answered are in several states, or too few. */
        UNDECIDED
    }

    public ClusterStatus {
        skews = List.copyOf(skews);
        nodes = List.copyOf(nodes);
    }

    /**
     * One member.
     *
     * @param member under which its present disk votes
     * @param address of its node link
     * @param commitIndex how far it is known to be; -1 = not known
     * @param advertises what clients connect to while it leads, as far as known
     * @param report what it said last of itself; null = nothing yet
     * @param skewMs how far its wall clock is ahead of this node's
     * @param silentMs since it said so
     * @param verdict on its part in the last check
     * @param differs its state was another than the others' in the last check that it took part in
     */
    public record Node(
            String id,
            String member,
            String address,
            boolean leads,
            long commitIndex,
            String advertises,
            @Nullable NodeReport report,
            long skewMs,
            long silentMs,
            Verdict verdict,
            boolean differs) {}

    /** How many entries a node is known to be behind the one that has most; -1 = not known. */
    public long lag(Node node) {
        long most = nodes.stream().mapToLong(Node::commitIndex).max().orElse(-1);
        return node.commitIndex() < 0 ? -1 : most - node.commitIndex();
    }
}
