package io.telpher.broker.cluster.keeping;

import io.telpher.broker.cluster.raft.RaftDivision;
import io.telpher.broker.journal.AgreedLog.Place;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts this node's share of the log up to where its own snapshot and journal hold everything: unless a new member copies what others have and needs the log behind that (it is
 * pinned), or it is not known how far each member is. What is not cut then a later snapshot cuts.
 *
 * <p>The entry that every member has last stays, too: Raft sends a member what comes next together with the place of the one before. The library would cut that one where a file of
 * the log ends with it, which is so for what the last leader had when it went, and a member that comes back would be told that it was away for too long.
 */
public final class LogCut {
    private static final Logger LOG = LoggerFactory.getLogger(LogCut.class);
    private static final long SNAPSHOT_MS_MAX = 60_000;

    private final Path directory;
    private final RaftDivision raft;
    private final Covered covered;
    private long cutIndex;
    private volatile long pinnedUntilNanos = System.nanoTime();

    /** Told before the library is asked to cut. */
    public interface Covered {
        /**
         * @param place up to where this node's own files hold everything
         * @param cutIndex up to where the log is cut; never less than before
         */
        void covered(Place place, long cutIndex);
    }

    /** @param start what was covered at the start */
    public LogCut(Path directory, RaftDivision raft, Place start, Covered covered) {
        this.directory = directory;
        this.raft = raft;
        this.cutIndex = start.index();
        this.covered = covered;
    }

    /** Nothing is cut for so long; 0 = it may be again. Any thread. */
    public void pin(long ms) {
        pinnedUntilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
    }

    /**
     * A snapshot holds everything up to there. One thread.
     *
     * @param sequence of the last record up to there
     */
    public void cut(Place place, long sequence) throws IOException {
        long held = raft.heldByAll();
        if (pinnedUntilNanos - System.nanoTime() > 0 || held <= cutIndex) {
            return; // also while a new member is not as far as the others once were
        }
        cutIndex = Math.min(place.index(), held - 1);
        new CoveredPlace(place, sequence).write(directory);
        covered.covered(place, cutIndex);
        raft.cut(SNAPSHOT_MS_MAX).whenComplete((reply, error) -> {
            if (error != null || !reply.isSuccess()) {
                LOG.info("the shared log was not cut this time: {}", error != null ? error : reply);
            }
        });
    }
}
