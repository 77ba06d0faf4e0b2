package io.telpher.broker.partition.salvage;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.journal.BytesRead;
import io.telpher.broker.journal.JournalCheck;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.journal.JournalRemains;
import io.telpher.broker.journal.JournalStart;
import io.telpher.broker.journal.Location;
import io.telpher.broker.journal.Record;
import io.telpher.broker.journal.RemainsHandler;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.NewTerm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes a data directory that a broker starts on out of one it refuses: the newest intact snapshot, every record behind it up to the damage
 * as it was, and from behind the damage what is certain. No intact submit is left out, nothing is shown as done that was not; what may
 * have been done is done again.
 */
public final class Salvage implements RemainsHandler {
    /** No task takes less of the journal: its record's header, its frame's and the fixed block. */
    private static final int TASK_BYTES_MIN = 100;

    private static final int ID_BLOCK = 1024;
    private static final long CLOCK_AHEAD_MS_MAX = TimeUnit.DAYS.toMillis(36_500);

    private final Path unfinished;
    private final JournalRemains remains;
    private final Recovery recovery;
    private final SalvageTaken taken;
    private final SalvageReport report;
    private BytesRead told = BytesRead.NOBODY;
    private long nextPlace;
    private long lastPlace;
    private long lastLocation;
    private long records;
    private @Nullable SalvageTarget target;
    private @Nullable SalvageTail tail;
    private HandOverCheck.@Nullable Standing atDamage;

    private Salvage(
            Path unfinished, JournalRemains remains, Recovery recovery, SalvageTaken taken, SalvageReport report) {
        this.unfinished = unfinished;
        this.report = report;
        this.remains = remains;
        this.recovery = recovery;
        this.taken = taken;
    }

    /**
     * Copies a whole directory, partition by partition.
     *
     * @param source a data directory that no broker uses; nothing in it is changed
     * @param target is not there yet, or empty; appears whole, or not at all
     * @param nowMs what the wall clock shows. A record whose stamp is far behind it is damaged; the broker's clock may be ahead, since the wall clock may
     *     have been so once
     * @throws JournalException when there is nothing to copy, or no place for it
     */
    public static SalvageReport run(Path source, Path target, long nowMs) throws IOException {
        return run(source, target, nowMs, BytesRead.NOBODY);
    }

    /** @param told of the bytes read, partition by partition */
    public static SalvageReport run(Path source, Path target, long nowMs, BytesRead told) throws IOException {
        long lastStampMs = nowMs + CLOCK_AHEAD_MS_MAX;
        PartitionLayout from = PartitionLayout.read(source);
        SalvageReport report = new SalvageReport();
        try (SalvageDirectory directory = SalvageDirectory.prepare(target)) {
            PartitionLayout to = PartitionLayout.open(directory.unfinished(), from.count(), 1);
            SalvageTaken taken = SalvageTaken.read(from, lastStampMs);
            List<HandOverCheck.Standing> partitions = new ArrayList<>();
            for (int i = 0; i < from.count(); i++) {
                partitions.add(new Job(from.placement(i), taken, lastStampMs, report, told)
                        .run(from.directory(i), to.directory(i)));
            }
            HandOverCheck.problems(partitions).forEach(report::unmatched);
            directory.finish();
        }
        return report;
    }

    /** One partition's. */
    private record Job(
            Placement placement, SalvageTaken taken, long lastStampMs, SalvageReport report, BytesRead told) {
        HandOverCheck.Standing run(Path from, Path to) throws IOException {
            try (JournalRemains remains = JournalRemains.open(from)) {
                Recovery recovery =
                        new Recovery(new Partition(placement, Outbox.DISCARD), new SnapshotStore(from, placement));
                Salvage salvage = new Salvage(to, remains, recovery, taken, report);
                salvage.told = told;
                long hash = salvage.copyAndClose(lastStampMs);
                verify(to, placement, hash);
                return salvage.standing();
            }
        }
    }

    @Override
    public void read(long bytes, long all) {
        told.at(bytes, all);
    }

    private long copyAndClose(long lastStampMs) throws IOException {
        try {
            return copy(lastStampMs);
        } finally {
            SalvageTarget begun = target;
            if (begun != null) {
                begun.close();
            }
        }
    }

    /** Returns the hash of the state that is there now. */
    private long copy(long lastStampMs) throws IOException {
        JournalStart start = recovery.readSnapshot();
        nextPlace = start.place() + 1;
        lastPlace = start.place();
        lastLocation = start.location();
        if (start.place() > 0) {
            report.kept("records", start.place(), "in the snapshot");
        }
        remains.walk(nextPlace, lastStampMs, this);
        report.kept("records", records, "between the snapshot and the damage, as they were");
        if (lastPlace == 0 && tail == null) {
            throw new JournalException("TQ-2041 nothing is intact there: no snapshot and no record");
        }
        SalvageTail behind = beginTail();
        behind.end();
        SalvageTarget finished = present();
        finished.snapshot();
        // A record between the two: if one can't be read some day, the other leads to the same state.
        finished.tick();
        finished.snapshot();
        Partition partition = recovery.partition();
        report.kept("tasks", partition.counts().kept(), "in the new directory, finished ones too");
        return partition.stateHash();
    }

    @Override
    public void onRecord(Record record) {
        SalvageTail behind = tail;
        lastPlace = Math.max(lastPlace, record.place());
        if (behind != null) {
            behind.record(record);
        } else if (record.place() == nextPlace) {
            recovery.onRecord(record);
            nextPlace++;
            records++;
            lastLocation = record.location();
        } else if (record.place() > nextPlace || record.place() == UNKNOWN) {
            beginTail().record(record);
        }
    }

    @Override
    public void missing(Path file, long offset, long bytes, long due) {
        report.damaged(new SalvageReport.Damage(file, offset, bytes, due));
    }

    private SalvageTail beginTail() {
        if (tail == null) {
            try {
                tail = begin(recovery.partition());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return tail;
    }

    private SalvageTail begin(Partition partition) throws IOException {
        // A snapshot may be newer than all that is left of the journal.
        SalvageTarget into = new SalvageTarget(
                unfinished,
                partition,
                Math.max(lastPlace, nextPlace - 1),
                Math.max(remains.lastRun(), partition.term()),
                Math.max(remains.lastFile(), Location.file(lastLocation)));
        target = into;
        SalvageFrames frames = new SalvageFrames(partition, remains, into, report);
        frames.copy();
        HandOverCheck.Standing standing = HandOverCheck.Standing.of(partition);
        atDamage = standing;
        new SalvageHandOvers(partition, remains, into, taken, report).copy();
        SalvageShares shares = new SalvageShares(partition.placement(), taken, standing.given());
        SalvageTail behind = new SalvageTail(partition, into, shares, report, partition.lastTaskId());
        beginTerms(into, partition);
        frames.cancelLost();
        behind.begin();
        return behind;
    }

    /** One for each that may be hidden behind the damage, so that no lease id is given twice; and no task id either. */
    private void beginTerms(SalvageTarget into, Partition partition) throws IOException {
        long hiddenBytes = remains.bytesFrom(lastLocation) - Location.offset(lastLocation);
        into.apply(newTerm(partition.term() + 1, Math.toIntExact(hiddenBytes / TASK_BYTES_MIN / ID_BLOCK + 1)));
        while (partition.term() < into.epoch()) {
            into.apply(newTerm(partition.term() + 1, 0));
        }
    }

    private static FrameWriter newTerm(long term, int idBlocksLeftOut) {
        return NewTerm.write(new FrameWriter(), 0, term, Recovery.SEMANTICS_VERSION, idBlocksLeftOut);
    }

    /** What it gave as it was at the damage, what it has taken as it is now. */
    private HandOverCheck.Standing standing() {
        HandOverCheck.Standing now = HandOverCheck.Standing.of(recovery.partition());
        HandOverCheck.Standing before = atDamage == null ? now : atDamage;
        return new HandOverCheck.Standing(before.given(), before.settled(), now.taken());
    }

    private SalvageTarget present() {
        SalvageTarget present = target;
        if (present == null) {
            throw new IllegalStateException("the new directory was not begun");
        }
        return present;
    }

    /** As a broker would read it. */
    private static void verify(Path directory, Placement placement, long hash) throws IOException {
        Recovery again =
                new Recovery(new Partition(placement, Outbox.DISCARD), new SnapshotStore(directory, placement));
        JournalCheck.Report check = new JournalCheck(directory).run(again::readSnapshot, again);
        if (check.isDamaged() || again.partition().stateHash() != hash) {
            throw new JournalException("TQ-2042 what was written to " + directory
                    + " does not read back as it was: check that disk, then try again. " + check.refusal());
        }
    }
}
