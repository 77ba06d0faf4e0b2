package io.telpher.broker.partition.snapshot;

import io.telpher.broker.core.Partition;
import io.telpher.broker.journal.JournalStart;
import io.telpher.broker.journal.Location;
import io.telpher.broker.journal.Record;
import io.telpher.broker.journal.Replay;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a partition back: the newest intact snapshot, then the journal behind it, by the same path as live traffic but with nobody to
 * answer.
 */
public final class Recovery implements Replay {
    /**
     * Of the decisions this broker's core takes. Raised whenever the same records would lead to another state than before: records of
     * a version that is not known any more, or not yet, are refused, not read differently.
     */
    public static final int SEMANTICS_VERSION = Partition.SEMANTICS_VERSION;

    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private final @Nullable SnapshotStore store;
    private final StartProgress progress;
    private final long startNanos = System.nanoTime();
    private Partition partition;
    private long replayStartNanos = startNanos;
    private SameSemantics semantics = new SameSemantics(SEMANTICS_VERSION);
    private long snapshotSequence;
    private long lastSequence;
    private long records;
    private long bytes;

    /** Without snapshots: every record is replayed into this partition. */
    public Recovery(Partition partition) {
        this.partition = partition;
        this.store = null;
        this.progress = new StartProgress();
    }

    /** @param empty stays in use when there is no snapshot */
    public Recovery(Partition empty, SnapshotStore store) {
        this(empty, store, new StartProgress());
    }

    /** @param progress is told how far it is */
    public Recovery(Partition empty, SnapshotStore store, StartProgress progress) {
        this.partition = empty;
        this.store = store;
        this.progress = progress;
    }

    /** What was recovered; final after the replay. */
    public Partition partition() {
        return partition;
    }

    /** First of all, when the directory is taken: where the journal is wanted from; from its beginning when there is no snapshot. */
    public JournalStart readSnapshot() throws IOException {
        progress.enter(StartProgress.Phase.SNAPSHOT);
        SnapshotStore.Loaded loaded = store == null ? null : store.loadNewest(progress);
        long leastSequence = store == null ? 0 : store.newestNamed();
        replayStartNanos = System.nanoTime();
        progress.enter(StartProgress.Phase.JOURNAL);
        if (loaded == null) {
            return new JournalStart(0, Location.NOWHERE, leastSequence);
        }
        partition = loaded.partition();
        semantics = new SameSemantics(loaded.header().semanticsVersion());
        snapshotSequence = loaded.header().sequence();
        lastSequence = snapshotSequence;
        LOG.info(
                "read the snapshot of {} records: {} tasks, {} bytes in {} ms",
                snapshotSequence,
                partition.counts().kept(),
                loaded.bytes(),
                TimeUnit.NANOSECONDS.toMillis(replayStartNanos - startNanos));
        return loaded.header().start(leastSequence);
    }

    @Override
    public void onRecord(Record record) {
        semantics.require(record);
        apply(partition, record);
        lastSequence = record.sequence();
        records++;
        bytes += record.frameBytes();
    }

    /** Hands the record to the partition as what it is. */
    public static void apply(Partition partition, Record record) {
        if (record.isLocal()) {
            partition.onLocalRecord(record.location(), record.buffer(), record.frameOffset());
        } else {
            partition.onRecord(
                    record.stampMs(),
                    record.session(),
                    record.location(),
                    record.crc(),
                    record.buffer(),
                    record.frameOffset());
        }
    }

    @Override
    public void progress(long bytesRead, long bytesInAll) {
        progress.advance(records, bytesRead, bytesInAll);
    }

    /** In one sentence: what was read and how long it took. */
    public String summary() {
        long now = System.nanoTime();
        return "recovered from " + (snapshotSequence == 0 ? "no snapshot" : "the snapshot of " + snapshotSequence)
                + " and " + records + " records behind it in " + TimeUnit.NANOSECONDS.toMillis(now - startNanos)
                + " ms";
    }

    public void logSummary() {
        if (records > 0 || snapshotSequence > 0) {
            LOG.info("{}", summary());
        }
    }

    /** Of the last record that was read, or is in the snapshot. */
    public long lastSequence() {
        return lastSequence;
    }

    /** Bytes of the records that were replayed. */
    long replayedBytes() {
        return bytes;
    }

    /** How far the wall clock was ahead of the broker's, as far as the records say. */
    public long lastWallOffsetMs() {
        return partition.wallOffsetMs();
    }

    /** Of the last record, ms since 1970; 0 when there was none. */
    public long lastStampMs() {
        return partition.now();
    }
}
