package io.telpher.broker.cluster.keeping;

import io.telpher.broker.cluster.raft.RaftDivision;
import io.telpher.broker.journal.AgreedLog.Place;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts this node's share of the log up to where its own snapshot and journal hold everything: unless a new member copies what others have and needs the log behind that (it is
 * pinned), or it is not known how far each member is. What is not cut then a later snapshot cuts.
 */
public final class LogCut {
    private static final Logger LOG = LoggerFactory.getLogger(LogCut.class);
    private static final long SNAPSHOT_MS_MAX = 60_000;

    private final Path directory;
    private final RaftDivision raft;
    private final Consumer<Place> covered;
    private volatile long pinnedUntilNanos = System.nanoTime();

    /** @param covered told the place before the library is asked to cut there */
    public LogCut(Path directory, RaftDivision raft, Consumer<Place> covered) {
        this.directory = directory;
        this.raft = raft;
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
        if (pinnedUntilNanos - System.nanoTime() > 0 || !raft.hearsOfAll()) {
            return;
        }
        new CoveredPlace(place, sequence).write(directory);
        covered.accept(place);
        raft.cut(SNAPSHOT_MS_MAX).whenComplete((reply, error) -> {
            if (error != null || !reply.isSuccess()) {
                LOG.info("the shared log was not cut this time: {}", error != null ? error : reply);
            }
        });
    }
}
