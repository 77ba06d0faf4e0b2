package io.telpher.broker.cluster;

/**
 * What a node says of itself, once a second, to the others.
 *
 * @param member that it is
 * @param version of the broker
 * @param role leader, follower, candidate
 * @param term count of elections
 * @param appliedIndex entries of the shared log that it has taken
 * @param freeBytes on the disk of journal.dir
 * @param hasRoom for new tasks, by its own reckoning
 */
public record NodeReport(
        String member, String version, String role, long term, long appliedIndex, long freeBytes, boolean hasRoom) {
    /** The broker that a node is part of. Any thread. */
    public interface Local {
        String version();

        long freeBytes();

        boolean hasRoom();

        /** @param nodes that have no room for new tasks, and are too many; empty = new tasks may come */
        void lowElsewhere(String nodes);
    }

    /**
     * As another node got it.
     *
     * @param skewMs how far that one's wall clock is ahead of this one's
     * @param nanos when, by this one's steady clock
     */
    record Seen(NodeReport report, long skewMs, long nanos) {}
}
