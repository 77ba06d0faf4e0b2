package io.telpher.broker.cluster;

import io.telpher.broker.cluster.keeping.CoveredPlace;
import io.telpher.broker.cluster.keeping.RaftLogFiles;
import io.telpher.broker.files.DurableFile;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.AgreedLog.Place;
import io.telpher.broker.journal.JournalException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Makes a stopped directory that of the only node of a new cluster, to which others are added then: a survivor's, when the others are lost for good, or a single broker's. The new
 * cluster has an id of its own, so that no message of the old one is taken for one of its, and counts its leaderships from beyond all that the old one can have had.
 *
 * <p>For a survivor in this order, so that a crash between any two steps leaves what the next try goes on with, and no broker starts on: what its share of the log holds is brought
 * into its journal ({@link #batches}); the log goes aside; {@code raft.covered} goes, which is of that log; {@code node.json} is another cluster's.
 */
public final class LoneNode {
    /** Terms that the lost nodes may have had among themselves and that a survivor does not know of. */
    private static final long TERMS_UNKNOWN = 1_000;

    private final ClusterSettings settings;
    private final Path directory;
    private final @Nullable NodeFile before;
    private final CoveredPlace covered;
    private final @Nullable RaftLogFiles log;

    private LoneNode(ClusterSettings settings, Path directory, @Nullable NodeFile before) throws IOException {
        this.settings = settings;
        this.directory = directory;
        this.before = before;
        this.covered = CoveredPlace.read(directory);
        this.log = before == null ? null : new RaftLogFiles(directory, before.cluster(), RaftPlan.MESSAGE_MAX);
    }

    /** @throws JournalException when the directory is no node's, or another's, or its share of the log is gone */
    public static LoneNode survivor(ClusterSettings settings, Path directory) throws IOException {
        NodeFile node = NodeFile.read(directory, settings);
        LoneNode survivor = new LoneNode(settings, directory, node);
        if (!node.isFormed() || node.joining() != null) {
            throw new JournalException("TQ-5036 " + directory + " has never been a whole member of the cluster "
                    + settings.name() + ": it may lack what was confirmed. Keep another node");
        }
        if (!survivor.hasLog() && !Files.isDirectory(survivor.aside())) {
            RaftPlan.requireLog(directory, node, false, survivor.covered, Long.MAX_VALUE);
        }
        return survivor;
    }

    /** @throws JournalException when the directory is a node's */
    public static LoneNode ofData(ClusterSettings settings, Path directory) throws IOException {
        if (NodeFile.isIn(directory)) {
            throw new JournalException("TQ-5036 " + directory + " is a node's already");
        }
        return new LoneNode(settings, directory, null);
    }

    private boolean hasLog() {
        return log != null && log.isThere();
    }

    private Path aside() {
        return directory.resolve("raft." + (before == null ? "" : before.cluster()));
    }

    /** As what it was a member; the node itself when of nothing. */
    public String member() {
        return before == null ? settings.node() : before.member();
    }

    /** The last record that is known to be in the journal. */
    public long coveredSequence() {
        return covered.sequence();
    }

    /** Shows the batches of its share of the log that its journal may lack; returns the last place. Nothing when that was done before. */
    public Place batches(RaftLogFiles.BatchHandler handler) throws IOException, InterruptedException {
        RaftLogFiles present = log;
        if (present == null || !present.isThere()) {
            return covered.place();
        }
        present.read(covered.place(), handler);
        return present.last();
    }

    /**
     * The directory is that of the only node of a new cluster from here on.
     *
     * @param sequence of the last record in its journal, which is there for good
     * @param epoch of the last leadership in it
     * @return the new cluster's id
     */
    public UUID begin(long sequence, long epoch) throws IOException {
        putLogAside(sequence);
        UUID cluster = UUID.randomUUID();
        long terms = epoch / AgreedLog.ATTEMPTS_MAX + (before == null ? 1 : TERMS_UNKNOWN);
        String member = before == null ? settings.node() : NodeFile.newMember(settings.node());
        new NodeFile(
                        cluster,
                        settings.name(),
                        settings.node(),
                        false,
                        member,
                        null,
                        new NodeFile.Origin(terms, before == null ? null : before.cluster(), true),
                        NodeFile.Founding.NONE)
                .write(directory);
        return cluster;
    }

    /**
     * The directory is no node's any more, but a single broker's.
     *
     * @param sequence of the last record in its journal, which is there for good
     */
    public void end(long sequence) throws IOException {
        putLogAside(sequence);
        NodeFile.delete(directory);
    }

    private void putLogAside(long sequence) throws IOException {
        if (sequence < covered.sequence()) {
            throw new JournalException("TQ-5005 the journal in " + directory + " ends at record " + sequence
                    + ", and the shared log was cut at record " + covered.sequence()
                    + ": what lies between is not here. Keep another node");
        }
        if (hasLog()) {
            Files.move(directory.resolve("raft"), aside(), StandardCopyOption.ATOMIC_MOVE);
            DurableFile.force(directory);
        }
        CoveredPlace.delete(directory);
    }
}
