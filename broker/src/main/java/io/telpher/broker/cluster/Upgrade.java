package io.telpher.broker.cluster;

import io.telpher.broker.journal.AgreedLog;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * By which version of the rules this node's leaderships decide. Each goes on by the one in use, so that nodes can be upgraded one after the other, and back. The version is raised
 * when that is asked for, or when all nodes have been equal for long: the node that leads then begins another leadership, and decides in it by the newest version that all know.
 *
 * <p>What nodes say is given as reports by member: all members, also those that are only to become some; null = it has said nothing lately.
 */
final class Upgrade {
    private static final Logger LOG = LoggerFactory.getLogger(Upgrade.class);

    /** As long an upgrade can be taken back without anyone's doing. */
    static final long RAISED_AFTER_NANOS = TimeUnit.HOURS.toNanos(1);

    private final Runnable resign;
    /** The semantics version that this node's next leadership is to begin with; 0 = the one in use. */
    private final AtomicInteger raisedTo = new AtomicInteger();

    private long raisableSinceNanos = System.nanoTime();

    /** @param resign has the one that leads begin anew */
    Upgrade(Runnable resign) {
        this.resign = resign;
    }

    /**
     * The version of a leadership that begins here: the one in use, unless it was to be raised. A new cluster's is the newest that all nodes know, as far as they have said so. Any
     * thread.
     *
     * @param inUse in the records before; 0 = there are none
     * @param oldest that this node knows: older rules are used no more, since all nodes were stopped
     */
    int begun(int inUse, int oldest, Map<String, @Nullable NodeReport> reports) {
        int raised = raisedTo.getAndSet(0);
        return Math.max(oldest, inUse == 0 ? newestOfAll(reports) : Math.max(inUse, raised));
    }

    /** This node leads no more: the one that does may know of other nodes. Any thread. */
    void isLost() {
        raisedTo.set(0);
    }

    /**
     * Raises the version at once. Any thread.
     *
     * @param log in which this node leads
     * @return the version that it is raised to
     * @throws RefusedException which node keeps it as it is
     */
    int finish(AgreedLog log, Map<String, @Nullable NodeReport> reports) throws RefusedException {
        int newest = newerThan(log.semantics(), reports);
        boolean isUnderWay = raisedTo.get() == newest; // each leadership takes one of the term's epochs
        if (!isUnderWay) {
            raise(log, newest);
        }
        return newest;
    }

    /**
     * Whether there was a newer version to go by, and all nodes were of one, for so long that none will go back. Once a second, by one thread, on all nodes.
     *
     * @param inUse 0 = none yet
     */
    boolean isDue(int inUse, Map<String, @Nullable NodeReport> reports, long nowNanos) {
        boolean isOneVersion = reports.values().stream()
                        .map(report -> report == null ? "" : report.version())
                        .distinct()
                        .count()
                == 1;
        if (!isOneVersion || newestOfAll(reports) <= inUse) {
            raisableSinceNanos = nowNanos;
        }
        return inUse > 0 && nowNanos - raisableSinceNanos >= RAISED_AFTER_NANOS;
    }

    /** A node that is too old can't be led any more from here on, nor one of these go back to an older version. */
    void raise(AgreedLog log, int version) {
        LOG.info(
                "TQ-5037 all nodes know semantics version {}: this one begins to lead anew, and decides by it, no longer by {}",
                version,
                log.semantics());
        raisedTo.set(version);
        log.deposed();
        resign.run();
    }

    /** The newest version that all members know; 0 while that is not known. */
    static int newestOfAll(Map<String, @Nullable NodeReport> reports) {
        if (reports.containsValue(null)) {
            return 0;
        }
        return NodeReport.Semantics.newestOfAll(reports.values().stream()
                .map(report -> Objects.requireNonNull(report).semantics())
                .toList());
    }

    private static int newerThan(int inUse, Map<String, @Nullable NodeReport> reports) throws RefusedException {
        for (Map.Entry<String, @Nullable NodeReport> each : reports.entrySet()) {
            String node = NodeFile.nodeOf(each.getKey());
            NodeReport report = each.getValue();
            if (report == null) {
                throw new RefusedException("node " + node + " does not say which version it has; it must be there,"
                        + " since it could not apply what it does not know");
            }
            if (report.semantics().newest() <= inUse) {
                throw new RefusedException("the cluster goes by semantics version " + inUse + ", and node " + node
                        + " (Telpher " + report.version() + ") knows no newer one");
            }
        }
        int newest = newestOfAll(reports);
        if (newest <= inUse) {
            throw new RefusedException("the nodes know no semantics version together that is newer than " + inUse
                    + ": upgrade those first that know only older ones");
        }
        return newest;
    }
}
