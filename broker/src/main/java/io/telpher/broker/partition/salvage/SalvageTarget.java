package io.telpher.broker.partition.salvage;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.image.SnapshotCopy;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.journal.ChronicleJournal;
import io.telpher.broker.journal.JournalOptions;
import io.telpher.broker.journal.Record;
import io.telpher.broker.journal.SyncPolicy;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.broker.partition.snapshot.SnapshotHeader;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.broker.partition.snapshot.SnapshotWriter;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.Tick;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** The new data directory: each record is journaled there, then applied, as everywhere; all of it is durable before {@link #snapshot} returns. */
final class SalvageTarget implements AutoCloseable {
    private static final int PIECES = 64;
    private static final int DEADLINES_PER_TICK = 10_000;

    private final Partition partition;
    private final ChronicleJournal journal;
    private final SnapshotStore store;
    private final LastRejection refusals = new LastRejection();
    private final Semaphore wakeUps = new Semaphore(0);
    private final FrameWriter tick = new FrameWriter();

    /** @param partition its frames lie in a journal of which the other parameters name the end */
    SalvageTarget(Path directory, Partition partition, long lastPlace, long lastRun, int lastFile) throws IOException {
        this.partition = partition;
        this.store = new SnapshotStore(directory, partition.placement());
        // Synced before it ends; until then nobody relies on it.
        this.journal = ChronicleJournal.continueIn(
                new JournalOptions(directory, SyncPolicy.NONE, JournalOptions.FILE_BYTES_DEFAULT, wakeUps::release),
                lastPlace,
                lastRun,
                lastFile);
        partition.outbox(refusals);
    }

    /**
     * Journals and applies a record.
     *
     * @param stampMs no record's time is before the one before it: then it is that one's
     * @return why it was refused; null when it was not
     */
    @Nullable
    String apply(long stampMs, long session, ByteBuffer frame) {
        refusals.clear();
        Batch batch = journal.newBatch();
        batch.add(Math.max(stampMs, partition.now()), session, frame, false);
        journal.append(batch);
        journal.poll(this::onRecord, 1);
        return refusals.last();
    }

    /** Journals and applies a record that has no sequence. */
    void applyLocal(FrameWriter frame) {
        Batch batch = journal.newLocalBatch();
        batch.add(partition.now(), 0, frame.written(), false);
        journal.appendLocal(batch);
        journal.poll(this::onRecord, 1);
    }

    /** A record of this broker's own. */
    @Nullable
    String apply(FrameWriter frame) {
        return apply(partition.now(), 0, frame.written());
    }

    private void onRecord(Record record) {
        Recovery.apply(partition, record);
    }

    long epoch() {
        return journal.epoch();
    }

    /** Lets everything happen that is due at the time of the last record. */
    void settle() {
        while (!partition.isSettled()) {
            tick();
        }
    }

    void tick() {
        apply(Tick.write(tick.clear(), 0, DEADLINES_PER_TICK));
    }

    /** Forces the journal and writes a snapshot of all there is. */
    void snapshot() throws IOException {
        long last = journal.sync();
        while (journal.syncedPlace() < last) {
            wakeUps.acquireUninterruptibly();
            journal.poll(this::onRecord, 1);
        }
        SnapshotWriter writer = store.begin(
                new SnapshotHeader(
                        partition.placement().partition(),
                        partition.semanticsVersion(),
                        journal.appendedSequence(),
                        journal.polledLocation(),
                        partition.term(),
                        partition.now(),
                        journal.polledPlace()),
                wakeUps::release);
        SnapshotCopy copy = partition.beginSnapshot(writer);
        writer.start();
        boolean copied = false;
        while (!writer.isDone()) {
            Throwable failure = writer.failure();
            if (failure != null) {
                throw new IOException("the snapshot could not be written: " + failure, failure);
            }
            if (!copied && !writer.isCrowded()) {
                copied = copy.step(PIECES);
                if (copied) {
                    writer.seal();
                }
            } else {
                wakeUps.acquireUninterruptibly();
            }
        }
    }

    @Override
    public void close() {
        journal.close();
    }
}
