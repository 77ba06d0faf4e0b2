package io.telpher.broker.cluster;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

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
 * @param semantics versions by whose rules it can apply records, and decide
 * @param check the last one that it has done, see {@link StateChecks}; null = none since its start
 */
public record NodeReport(
        String member,
        String version,
        String role,
        long term,
        long appliedIndex,
        long freeBytes,
        boolean hasRoom,
        Semantics semantics,
        @Nullable Check check) {
    /** From one version to another, both included; both 0 = it does not say. */
    public record Semantics(int oldest, int newest) {
        /** Of nodes whose broker is too old to say it. */
        static final Semantics UNSAID = new Semantics(0, 0);

        /** The newest version that all of them know; 0 = they know none together, or one of them does not say. */
        static int newestOfAll(Collection<Semantics> all) {
            int oldest = all.stream().mapToInt(Semantics::oldest).max().orElse(0);
            int newest = all.stream().mapToInt(Semantics::newest).min().orElse(0);
            return newest >= oldest ? newest : 0;
        }
    }

    /**
     * In which state it was.
     *
     * @param index of the check in the shared log
     * @param sequence of the last record that it had applied there
     * @param hash of its state then
     */
    public record Check(long index, long sequence, long hash) {}

    /** The broker that a node is part of. Any thread. */
    public interface Local {
        String version();

        Semantics semantics();

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
