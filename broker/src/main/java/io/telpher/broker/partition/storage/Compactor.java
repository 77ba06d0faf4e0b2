package io.telpher.broker.partition.storage;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.image.NeededFrames;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.journal.CorruptJournalException;
import io.telpher.broker.journal.Location;
import io.telpher.broker.journal.Log;
import io.telpher.broker.journal.Record;
import io.telpher.broker.journal.Store;
import io.telpher.broker.journal.Store.ClosedFile;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.Relocate;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the disk back, a little in each duty cycle of the partition's thread: looks through all tasks for what they need of the
 * journal, deletes the files that none does, and empties those of which little is needed by appending that again ({@link Relocate}).
 *
 * <p>A file goes only when two snapshots begin behind it, so that no start needs it, and when all that made it superfluous is synced, so
 * that no power cut brings back a task that needs it.
 */
public final class Compactor {
    private static final Logger LOG = LoggerFactory.getLogger(Compactor.class);

    /** A look goes through all tasks, so it comes after so large a part of what they need was appended: its cost for each task is bounded. */
    private static final double APPENDED_SHARE = 0.25;

    private static final long PAUSE_MS = TimeUnit.MINUTES.toMillis(1);

    /** While there is no room for a copy. */
    private static final long NO_ROOM_PAUSE_MS = TimeUnit.SECONDS.toMillis(2);

    /** Tasks looked at in one duty cycle: about 20 us. */
    private static final int LOOK_TASKS = 4096;

    /** Copied in one duty cycle, about: small beside what a sync takes. */
    private static final int COPY_BYTES = 32 << 10;

    /** Copied in a millisecond by all partitions when nothing else is appended. */
    private static final long QUIET_BYTES_PER_MS = 4 << 10;

    /** The same while somebody waits for space. */
    private static final long SHORT_BYTES_PER_MS = 32 << 10;

    /** Live traffic hardly feels copies that take as long as it takes to append so much. The next snapshot comes after twice that. */
    private static final long TRAFFIC_BYTES = 128 << 20;

    private final Partition partition;
    private final Store store;
    private final LongSupplier clock;
    private final DiskRoom room;
    private final IntSupplier oldestNeededFile;
    private final NeededFrames frames;
    private final Compaction compaction = new Compaction();
    private final FrameWriter relocate = new FrameWriter();
    /** Something in them can't be read: they stay, for whoever repairs the journal. */
    private final Set<Integer> damaged = new HashSet<>();

    /** What a copy takes beside the frame. Were it not counted, files of copies of small frames would look worth copying again. */
    private static final int COPY_OVERHEAD_BYTES = 96;

    private Phase phase = Phase.RESTING;
    private int oldest;
    private long restUntilMs;
    private long lookNextAtBytes;
    private long nextSequence;
    private long waitForPlace;
    /** Begun, and not appended yet. */
    private @Nullable Batch copies;

    private List<ClosedFile> closed = List.of();
    private Set<Integer> emptying = Set.of();
    private long toCopyBytes;
    private long copiedBytes;
    private long copyingSinceMs;
    private long appendedBytesBefore;

    private enum Phase {
        RESTING,
        LOOKING,
        /** Until what was seen is synced; then files go. */
        SYNCING,
        COPYING,
        /** Until the copies are applied; then all is looked through again. */
        APPLYING
    }

    /** @param oldestNeededFile the first journal file that a start may need; 0 = all */
    public Compactor(
            Partition partition, Store store, LongSupplier clock, DiskRoom room, IntSupplier oldestNeededFile) {
        this.partition = partition;
        this.store = store;
        this.clock = clock;
        this.room = room;
        this.oldestNeededFile = oldestNeededFile;
        this.frames = partition.neededFrames();
    }

    /** Does a little: copies about 32 KiB and at most one frame more; returns 0 when there was nothing to do. */
    public int step() {
        return switch (phase) {
            case RESTING -> isDue() ? begin() : 0;
            case LOOKING -> look();
            case SYNCING -> store.syncedPlace() >= waitForPlace ? deleteUnneeded() : 0;
            case COPYING -> copy();
            case APPLYING -> store.polledPlace() >= waitForPlace ? begin() : 0;
        };
    }

    /** After a snapshot when enough was appended or room is short, and after a while: tasks may have gone by time alone. */
    private boolean isDue() {
        boolean isWorthALook =
                store.appendedBytes() >= lookNextAtBytes || !room.shortages().isEmpty();
        return isWorthALook && oldestNeededFile.getAsInt() > oldest || clock.getAsLong() >= restUntilMs;
    }

    private int begin() {
        oldest = oldestNeededFile.getAsInt();
        closed = store.closedFiles().stream()
                .filter(file -> file.number() < oldest)
                .toList();
        if (closed.isEmpty()) {
            room.copiesWait(false);
            return rest(PAUSE_MS);
        }
        compaction.clear();
        nextSequence = 0;
        phase = Phase.LOOKING;
        return 1;
    }

    private int rest(long ms) {
        restUntilMs = clock.getAsLong() + ms;
        phase = Phase.RESTING;
        return 0;
    }

    private int look() {
        nextSequence = frames.show(
                nextSequence,
                LOOK_TASKS,
                (taskId, part, location, bytes) ->
                        compaction.needs(Location.file(location), bytes + COPY_OVERHEAD_BYTES));
        if (nextSequence != NeededFrames.END) {
            return 1;
        }
        frames.showOwed((location, bytes) -> compaction.needs(Location.file(location), bytes));
        lookNextAtBytes = store.appendedBytes() + (long) (compaction.told() * APPENDED_SHARE);
        if (closed.stream().allMatch(file -> compaction.isNeeded(file.number()))) {
            return chooseFiles(closed);
        }
        waitForPlace = store.sync();
        phase = Phase.SYNCING;
        return 1;
    }

    private int deleteUnneeded() {
        for (ClosedFile file : closed) {
            if (!compaction.isNeeded(file.number())) {
                store.delete(file.number());
            }
        }
        List<ClosedFile> left = closed.stream()
                .filter(file -> compaction.isNeeded(file.number()))
                .toList();
        LOG.info(
                "{} journal files were not needed any more; {} that no start needs are left",
                closed.size() - left.size(),
                left.size());
        return chooseFiles(left);
    }

    private int chooseFiles(List<ClosedFile> from) {
        List<ClosedFile> sound =
                from.stream().filter(file -> !damaged.contains(file.number())).toList();
        emptying = compaction.worthEmptying(sound, room.copyBytesMax());
        boolean waits = emptying.isEmpty()
                && !compaction.worthEmptying(sound, Long.MAX_VALUE).isEmpty();
        room.copiesWait(waits);
        if (emptying.isEmpty()) {
            return rest(waits ? NO_ROOM_PAUSE_MS : PAUSE_MS);
        }
        nextSequence = 0;
        toCopyBytes = compaction.neededBytes(emptying);
        copiedBytes = 0;
        waitForPlace = 0;
        copyingSinceMs = clock.getAsLong();
        appendedBytesBefore = store.appendedBytes();
        phase = Phase.COPYING;
        return 1;
    }

    private int copy() {
        Batch batch = copies == null ? store.newLocalBatch() : copies;
        copies = batch;
        if (batch.count() == 0) {
            if (copiedBytes > allowedBytes()) {
                return 0;
            }
            fill(batch);
        }
        if (batch.count() > 0) {
            long place = store.appendLocal(batch);
            if (place == Log.BACK_PRESSURED) {
                return 0;
            }
            copies = null;
            waitForPlace = place;
        }
        if (!goesOn()) {
            phase = Phase.APPLYING;
            LOG.info("copied {} bytes out of {} journal files", copiedBytes, emptying.size());
        }
        return 1;
    }

    private void fill(Batch batch) {
        long until = copiedBytes + COPY_BYTES;
        for (int i = 0; i < LOOK_TASKS && copiedBytes < until && goesOn(); i++) {
            nextSequence = frames.show(nextSequence, 1, (taskId, part, location, bytes) -> {
                if (emptying.contains(Location.file(location))) {
                    copy(taskId, part, location, batch);
                }
            });
        }
    }

    /** Not when the disk filled up meanwhile: what was copied is as good as the original, the rest stays where it is. */
    private boolean goesOn() {
        return nextSequence != NeededFrames.END && room.copyBytesMax() > 0;
    }

    /** In step with live traffic, and never more than that; a little by itself, so that it ends. */
    private long allowedBytes() {
        long perMs = room.shortages().isEmpty() ? QUIET_BYTES_PER_MS : SHORT_BYTES_PER_MS;
        long byTime = (clock.getAsLong() - copyingSinceMs + 1)
                * perMs
                / partition.placement().partitions();
        long traffic = Math.max(0, store.appendedBytes() - appendedBytesBefore - copiedBytes);
        return Math.max(byTime, Math.min(traffic, (long) ((double) toCopyBytes * traffic / TRAFFIC_BYTES)));
    }

    private void copy(long taskId, Relocate.Part part, long location, Batch batch) {
        try {
            ByteBuffer frame = part == Relocate.Part.SUBMIT ? submit(taskId, location) : store.read(location);
            ByteBuffer content = Record.copyOf(frame);
            Relocate.write(relocate.clear(), 0, taskId, location, part, Record.COPY_SKIP, content);
            batch.add(partition.now(), 0, relocate.written(), false);
            copiedBytes += content.limit();
            room.copied(content.limit());
        } catch (CorruptJournalException e) {
            damaged.add(Location.file(location));
            LOG.error("TQ-2015 a frame of task {} can't be copied, its file stays: {}", taskId, e.getMessage());
        }
    }

    private ByteBuffer submit(long taskId, long location) {
        TaskCursor task = partition.find(taskId);
        if (task == null) {
            throw new IllegalStateException("task " + taskId + " went while it was looked at");
        }
        return store.read(location, task.submitCrc());
    }
}
