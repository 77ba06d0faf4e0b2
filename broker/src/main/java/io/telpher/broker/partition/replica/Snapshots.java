package io.telpher.broker.partition.replica;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.image.SnapshotCopy;
import io.telpher.broker.journal.Location;
import io.telpher.broker.journal.Store;
import io.telpher.broker.partition.session.Shares;
import io.telpher.broker.partition.snapshot.SnapshotHeader;
import io.telpher.broker.partition.snapshot.SnapshotPlan;
import io.telpher.broker.partition.snapshot.SnapshotPolicy;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.broker.partition.snapshot.SnapshotWriter;
import io.telpher.broker.partition.storage.DiskRoom;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes snapshots on the partition's thread, a few pages in each duty cycle: the state is copied as it was when the snapshot was
 * begun, while commands go on. A snapshot that can't be written is reported and tried again later; nothing depends on it but the
 * length of the next recovery.
 */
public final class Snapshots {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);

    /** Copied in one duty cycle: about 0.1 ms. */
    private static final int PIECES = 8;

    private static final long RETRY_MS = 60_000;

    /** While there is no room for one. */
    private static final long NO_ROOM_RETRY_MS = 1_000;

    /** While space is low: files go only when snapshots begin behind them. */
    private static final long LOW_SPACE_INTERVAL_MS = 2_000;

    private final Partition partition;
    private final Store files;
    private final LongSupplier clock;
    private final DiskRoom room;
    private final SnapshotStore store;
    private final SnapshotPolicy policy;
    private final Runnable wakeUp;
    private final Shares askers;
    private final List<Asked> asked = new ArrayList<>();
    private List<Asked> answeredNext = List.of();
    private @Nullable Run run;
    private long lastSequence;
    private long lastBytes;
    private long keptBytes;
    private long journalBytesAtLast;
    private long lastAtMs;
    private long notBeforeMs;
    private boolean hasFailed;
    /** One that was given up; its file is being removed. */
    private @Nullable SnapshotWriter ending;

    /** Who asked for a snapshot is told what came of it. */
    public interface Answer {
        /** @param failure why there is none; null when there is one that covers all up to this sequence */
        void taken(long sequence, @Nullable String failure);
    }

    private record Asked(String principal, Answer answer) {}

    /** A snapshot under way. */
    private static final class Run {
        final SnapshotHeader header;
        final SnapshotWriter writer;
        final SnapshotCopy copy;
        final long startNanos;
        final long journalBytesBefore;
        long longestNanos;
        boolean copied;
        boolean sealed;
        /** The journal has to be durable up to here before the snapshot counts. */
        long syncedPlace;

        Run(SnapshotHeader header, SnapshotWriter writer, SnapshotCopy copy, long startNanos, long journalBytesBefore) {
            this.journalBytesBefore = journalBytesBefore;
            this.header = header;
            this.writer = writer;
            this.copy = copy;
            this.startNanos = startNanos;
        }
    }

    /**
     * @param plan its {@code wakeUp} is called from another thread when {@link #step} has something to do again
     */
    Snapshots(Partition partition, Store files, LongSupplier clock, DiskRoom room, SnapshotPlan plan, Shares askers) {
        this.partition = partition;
        this.files = files;
        this.clock = clock;
        this.room = room;
        this.askers = askers;
        this.store = plan.store();
        this.policy = plan.policy();
        this.wakeUp = plan.wakeUp();
        this.lastSequence = store.newestSequence();
        this.journalBytesAtLast = -plan.replayedBytes();
        this.lastAtMs = clock.getAsLong();
        this.keptBytes = files.bytes();
    }

    /**
     * SNAPSHOT was asked for: answered when one that covers all that was applied by now is there for good.
     *
     * @return why it can't wait for it; null when it does
     */
    @Nullable
    public Problem ask(String principal, Answer answer) {
        String tooMany = askers.take(principal);
        if (tooMany != null) {
            return new Problem(ErrorCode.OVERLOADED, tooMany);
        }
        asked.add(new Asked(principal, answer));
        return null;
    }

    /** Who asked is gone. */
    public void forgetAskers() {
        asked.clear();
        answeredNext = List.of();
    }

    /** The last record that one covers; 0 = none. */
    public long lastSequence() {
        return lastSequence;
    }

    /** Whether a snapshot covers everything applied. */
    public boolean covers(long appliedSequence) {
        return lastSequence >= appliedSequence;
    }

    /** Whether one is under way or wanted. */
    public boolean isBusy() {
        return run != null || !asked.isEmpty();
    }

    /** What a command changes may have to be copied before. */
    public boolean isCopying() {
        return run != null && !run.copied;
    }

    /** The last one that was begun could not be written. */
    public boolean hasFailed() {
        return hasFailed;
    }

    public boolean wantsOnStop() {
        return policy.onStop();
    }

    /** Goes on with the snapshot under way, or begins one that is due; returns 0 when there was nothing to do. */
    int step(long appliedSequence) {
        Run current = run;
        if (current != null) {
            return goOn(current);
        }
        if (isEnding()) {
            return 0; // its thread wakes this one
        }
        if (!asked.isEmpty() && covers(appliedSequence)) {
            answer(asked, null);
            asked.clear();
            return 1;
        }
        if (!isDue(appliedSequence) || !partition.isSettled()) {
            return 0;
        }
        int work = begin(appliedSequence);
        if (run == null && !asked.isEmpty()) {
            answer(asked, "there is no room for it, or its file can't be written");
            asked.clear();
        }
        return work;
    }

    /** Files that were written before can go only when two snapshots begin behind them. */
    private boolean isHelpful() {
        return store.oldestFile() < Location.file(files.polledLocation())
                && clock.getAsLong() - lastAtMs >= LOW_SPACE_INTERVAL_MS
                && room.isLow();
    }

    /** A snapshot would make room or shorten a start, but a second one after the same record can't be: any record would do. */
    public boolean wantsRecord(long appliedSequence) {
        return run == null
                && covers(appliedSequence)
                && (isHelpful() || isDueByPolicy(appliedSequence, clock.getAsLong()));
    }

    private boolean isDue(long appliedSequence) {
        if (covers(appliedSequence)) {
            return false;
        }
        long now = clock.getAsLong();
        return !asked.isEmpty() || now >= notBeforeMs && (isDueByPolicy(appliedSequence, now) || isHelpful());
    }

    private boolean isDueByPolicy(long appliedSequence, long nowMs) {
        return policy.isDue(
                files.appendedBytes() - journalBytesAtLast,
                appliedSequence - lastSequence,
                nowMs - lastAtMs,
                lastBytes,
                keptBytes);
    }

    /** Begins one now, when there is room for it; {@link Partition#isSettled} must hold. */
    public int begin(long appliedSequence) {
        if (!room.fitsSnapshot()) {
            hasFailed = true;
            notBeforeMs = clock.getAsLong() + NO_ROOM_RETRY_MS;
            return 0;
        }
        SnapshotHeader header = new SnapshotHeader(
                partition.placement().partition(),
                partition.semanticsVersion(),
                appliedSequence,
                files.polledLocation(),
                partition.term(),
                partition.now(),
                files.polledPlace());
        try {
            SnapshotWriter writer = store.begin(header, wakeUp);
            long start = System.nanoTime();
            SnapshotCopy copy = partition.beginSnapshot(writer);
            writer.start();
            Run begun = new Run(header, writer, copy, start, journalBytesAtLast);
            begun.longestNanos = System.nanoTime() - start;
            run = begun;
            room.snapshotBegins();
            journalBytesAtLast = files.appendedBytes();
            answeredNext = List.copyOf(asked);
            asked.clear();
            begun.syncedPlace = files.sync();
        } catch (IOException e) {
            failed(e);
        }
        return 1;
    }

    private int goOn(Run current) {
        Throwable failure = current.writer.failure();
        if (failure != null) {
            current.copy.abandon();
            run = null;
            room.snapshotEnded();
            failed(failure);
            answer(answeredNext, failure.toString());
            answeredNext = List.of();
            return 1;
        }
        if (current.writer.isDone()) {
            run = null;
            room.snapshotEnded();
            finished(current);
            return 1;
        }
        if (!current.copied) {
            return current.writer.isCrowded() ? 0 : copy(current);
        }
        if (!current.sealed && files.syncedPlace() >= current.syncedPlace) {
            // Not before: after a power cut the journal has to reach as far as the snapshot.
            current.sealed = true;
            current.writer.seal();
            return 1;
        }
        return 0;
    }

    private static int copy(Run current) {
        long start = System.nanoTime();
        current.copied = current.copy.step(PIECES);
        current.longestNanos = Math.max(current.longestNanos, System.nanoTime() - start);
        return 1;
    }

    private void finished(Run done) {
        hasFailed = false;
        store.chore().succeeded();
        lastSequence = done.header.sequence();
        lastBytes = done.writer.bytes();
        keptBytes = files.bytes();
        lastAtMs = clock.getAsLong();
        LOG.info(
                "snapshot of {} records: {} tasks, {} bytes in {} ms; the partition was held up for at most {} us",
                lastSequence,
                partition.counts().kept(),
                lastBytes,
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - done.startNanos),
                TimeUnit.NANOSECONDS.toMicros(done.longestNanos));
        answer(answeredNext, null);
        answeredNext = List.of();
    }

    private void failed(Throwable cause) {
        hasFailed = true;
        notBeforeMs = clock.getAsLong() + RETRY_MS;
        store.chore().failed(cause);
    }

    private void answer(List<Asked> to, @Nullable String failure) {
        for (Asked each : to) {
            askers.giveBack(each.principal);
            each.answer.taken(lastSequence, failure);
        }
    }

    private boolean isEnding() {
        SnapshotWriter present = ending;
        if (present != null && (present.failure() != null || present.isDone())) {
            ending = null;
        }
        return ending != null;
    }

    /** One that is still being copied is given up, and begun anew when it may be: whoever waits for it waits for that one. */
    void giveWay() {
        Run current = run;
        if (current != null && !current.copied) {
            ending = current.writer;
            abandon();
            room.snapshotEnded();
            journalBytesAtLast = current.journalBytesBefore;
            asked.addAll(answeredNext);
            answeredNext = List.of();
        }
    }

    /** What is under way is not wanted any more. */
    void abandon() {
        Run current = run;
        if (current != null) {
            current.copy.abandon();
            current.writer.abandon();
            run = null;
        }
    }
}
