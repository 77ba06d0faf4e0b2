package io.telpher.broker.cli.disk;

import io.telpher.broker.cluster.LoneNode;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.ChronicleJournal;
import io.telpher.broker.journal.ClosedJournal;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.journal.JournalOptions;
import io.telpher.broker.journal.JournalStart;
import io.telpher.broker.journal.SyncPolicy;
import io.telpher.broker.partition.salvage.PartitionLayout;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;

/** The data of a node, or of a single broker, on which no broker runs: read as a start reads them, with what only the node's share of the log has. */
final class StoppedNode implements AutoCloseable {
    private final ChronicleJournal journal;
    private final Partition partition;
    private final Semaphore wakeUps;

    private StoppedNode(ChronicleJournal journal, Partition partition, Semaphore wakeUps) {
        this.journal = journal;
        this.partition = partition;
        this.wakeUps = wakeUps;
    }

    /** @throws JournalException when a broker runs on it, it is damaged, or has several partitions */
    static StoppedNode open(Path directory) throws IOException {
        PartitionLayout layout = PartitionLayout.read(directory);
        Placement placement = layout.placement(0);
        if (placement.partitions() > 1) {
            throw new JournalException("TQ-5006 the data in " + directory + " is spread over " + placement.partitions()
                    + " partitions; a node of a cluster has one. Move its tasks by tq export and tq import");
        }
        Recovery recovery =
                new Recovery(new Partition(placement, Outbox.DISCARD), new SnapshotStore(directory, placement));
        Semaphore wakeUps = new Semaphore(0);
        JournalOptions options =
                new JournalOptions(directory, SyncPolicy.NONE, JournalOptions.FILE_BYTES_DEFAULT, wakeUps::release);
        try (ClosedJournal closed = ClosedJournal.take(options)) {
            JournalStart start = recovery.readSnapshot();
            closed.replay(start, recovery);
            return new StoppedNode(closed.open(), recovery.partition(), wakeUps);
        }
    }

    /** Appends and applies what the node's share of the log has behind its journal, as a running node does; all of it is there for good then. */
    void take(LoneNode node) throws IOException, InterruptedException {
        AgreedLog log = new AgreedLog(
                0,
                journal,
                partition::term,
                partition::semanticsVersion,
                Partition::knowsSemantics,
                new NoAgreement(),
                () -> {});
        node.batches((place, entry) -> {
            log.agreed(place, entry);
            poll(log);
        });
        long place = journal.sync();
        while (journal.syncedPlace() < place) {
            wakeUps.acquire();
            poll(log); // which fails when the disk has
        }
    }

    private void poll(AgreedLog log) {
        while (log.poll(record -> Recovery.apply(partition, record), 1) > 0) {
            // Until it rests.
        }
    }

    /** This node leads nothing. */
    private static final class NoAgreement implements AgreedLog.Agreement {
        @Override
        public void propose(long mandate, ByteBuffer entry) {
            throw new IllegalStateException("a proposal of a stopped node");
        }

        @Override
        public void prove(long mandate, long term, long number) {
            throw new IllegalStateException("a proof of a stopped node");
        }

        @Override
        public void resign() {
            throw new IllegalStateException("a stopped node resigns");
        }
    }

    /** Of the last record. */
    long sequence() {
        return journal.releasedSequence();
    }

    /** Of the last leadership. */
    long epoch() {
        return partition.term();
    }

    /** Tasks in whatever state. */
    long tasks() {
        return partition.tasks();
    }

    @Override
    public void close() {
        journal.close();
    }
}
