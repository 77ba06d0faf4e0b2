package io.telpher.broker.partition.history;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.snapshot.DamagedSnapshotException;
import io.telpher.broker.core.state.Counts;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.broker.journal.JournalReader;
import io.telpher.broker.journal.JournalStart;
import io.telpher.broker.journal.Record;
import io.telpher.broker.journal.Replay;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.broker.partition.snapshot.SameSemantics;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Nack;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what happened to one task by replaying the journal into a core of its own: who got which task is nowhere written, it follows from
 * the records. Begins with the newest snapshot from before the task, or with the first record ever, or, when that is gone, with the oldest
 * snapshot there is. For one {@link #call}, on any thread.
 */
public final class HistoryReplay implements Replay, TransitionListener {
    private static final long NANOS_MAX = TimeUnit.SECONDS.toNanos(30);

    /** What is read from a snapshot takes so many times its bytes, at most; but for the results of finished tasks that is nearly none. */
    private static final int SNAPSHOT_FACTOR = 2;

    /** What `bin/bench memory` says, and some more. */
    private static final int BYTES_A_WAITING_TASK = 64;

    private static final int BYTES_A_FINISHED_TASK = 180;

    /** Between two looks at the clock; a power of two. */
    public static final int RECORDS_PER_LOOK = 4096;

    private static final String COMPACTED = "older journal files were compacted away";

    /**
     * @param madeMs when the task was submitted, ms since 1970
     * @param overMs nothing happens to it after this; {@link Long#MAX_VALUE} when it is not final
     * @param last the record to read up to; the journal has handed it out
     * @param bytesMax what the core may take, about
     */
    public record Wanted(long taskId, long madeMs, long overMs, long last, long bytesMax) {}

    private final Path directory;
    private final SnapshotStore store;
    private final Wanted wanted;
    private final Limits limits;
    private final long startNanos;
    private final Nack nack = new Nack();
    private final Deque<TaskStep> steps = new ArrayDeque<>();
    private Partition partition;
    private SameSemantics semantics = new SameSemantics(Recovery.SEMANTICS_VERSION);
    private long sinceMs;
    private long records;
    private @Nullable Record current;

    /** Asked now and then whether to go on. */
    public record Limits(BooleanSupplier isCancelled, LongSupplier nanoTime) {}

    public HistoryReplay(Path directory, SnapshotStore store, Placement placement, Wanted wanted, Limits limits) {
        this.directory = directory;
        this.store = store;
        this.wanted = wanted;
        this.limits = limits;
        this.startNanos = limits.nanoTime().getAsLong();
        this.partition = new Partition(placement, Outbox.DISCARD);
    }

    /** It can't be found out; the message says why. */
    public static final class FailedException extends Exception {
        private static final long serialVersionUID = 1L;

        FailedException(String why) {
            super(why);
        }
    }

    /** Leaves the scan from inside, for a reason or because all is seen. */
    private static final class Ends extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Ends(@Nullable String why) {
            super(why, null, false, false);
        }
    }

    /** @throws FailedException when it took too long, would have taken too much memory, or was cancelled */
    public TaskSteps call() throws IOException, FailedException {
        try (JournalReader reader = JournalReader.open(directory)) {
            JournalStart start = start(reader);
            partition.watch(this);
            reader.read(start, wanted.last(), this);
        } catch (Ends e) {
            String why = e.getMessage();
            if (why != null) {
                throw new FailedException(why);
            }
        }
        return new TaskSteps(new ArrayList<>(steps), sinceMs, COMPACTED);
    }

    private JournalStart start(JournalReader reader) throws IOException, FailedException {
        List<Path> snapshots = new ArrayList<>(store.newestFirst());
        for (Path file : snapshots) {
            SnapshotStore.Loaded loaded = isOlderThanTheTask(file) ? loadIntact(file) : null;
            if (loaded != null) {
                return begin(loaded);
            }
        }
        if (reader.isWhole()) {
            return JournalStart.BEGINNING;
        }
        Collections.reverse(snapshots);
        return oldest(snapshots);
    }

    /** Less is known the newer it is, as the answer will say. */
    private JournalStart oldest(List<Path> oldestFirst) throws IOException, FailedException {
        for (Path file : oldestFirst) {
            SnapshotStore.Loaded loaded = loadIntact(file);
            if (loaded != null) {
                JournalStart start = begin(loaded);
                sinceMs = partition.now();
                tellIfNeverBegun();
                return start;
            }
        }
        throw new FailedException(COMPACTED);
    }

    /** All that can have happened to a task that nobody has had yet is known from the task itself. */
    private void tellIfNeverBegun() {
        TaskCursor task = partition.find(wanted.taskId());
        if (task != null && task.state().isPending() && task.startedStampMs() == 0 && task.replays() == 0) {
            boolean wasReady = task.state() == TaskState.READY && task.readySinceStampMs() == task.createdStampMs();
            steps.add(TaskStep.made(task.createdStampMs(), wasReady ? TaskState.READY : TaskState.SCHEDULED));
            if (task.state() == TaskState.READY && !wasReady) {
                steps.add(TaskStep.became(task.readySinceStampMs(), TaskState.SCHEDULED, TaskState.READY));
            }
            sinceMs = 0;
        }
    }

    private SnapshotStore.@Nullable Loaded loadIntact(Path file) throws IOException {
        try {
            return store.load(file);
        } catch (DamagedSnapshotException e) {
            return null;
        }
    }

    /** A damaged one is none: it is reported where a start needs it. */
    private boolean isOlderThanTheTask(Path file) throws IOException, FailedException {
        if (file.toFile().length() * SNAPSHOT_FACTOR > wanted.bytesMax()) {
            throw new FailedException(tooMany());
        }
        try {
            return SnapshotStore.header(file).stampMs() < wanted.madeMs();
        } catch (DamagedSnapshotException e) {
            return false;
        }
    }

    private JournalStart begin(SnapshotStore.Loaded loaded) {
        partition = loaded.partition();
        semantics = new SameSemantics(loaded.header().semanticsVersion());
        return loaded.header().start(0);
    }

    private static String tooMany() {
        return "there are too many tasks to replay the journal beside the broker in the memory it has";
    }

    @Override
    public void onRecord(Record record) {
        if (!record.isLocal() && record.stampMs() > wanted.overMs()) {
            throw new Ends(null);
        }
        if ((records++ & RECORDS_PER_LOOK - 1) == 0) {
            look();
        }
        semantics.require(record);
        current = record;
        Recovery.apply(partition, record);
    }

    /** What a core with these tasks takes of the heap, about. */
    public static long bytes(Counts counts) {
        return counts.live() * BYTES_A_WAITING_TASK + (counts.kept() - counts.live()) * BYTES_A_FINISHED_TASK;
    }

    private void look() {
        if (limits.isCancelled().getAsBoolean() || Thread.currentThread().isInterrupted()) {
            throw new Ends("nobody waits for it any more");
        }
        if (limits.nanoTime().getAsLong() - startNanos > NANOS_MAX) {
            throw new Ends(
                    "the journal takes longer than " + TimeUnit.NANOSECONDS.toSeconds(NANOS_MAX) + " s to be replayed");
        }
        if (bytes(partition.counts()) > wanted.bytesMax()) {
            throw new Ends(tooMany());
        }
    }

    @Override
    public void moved(TaskCursor task, TaskState from) {
        if (task.taskId() == wanted.taskId()) {
            steps.addLast(TaskStep.of(task, from, partition.now(), error()));
            if (steps.size() > TaskSteps.SHOWN_MAX) {
                steps.removeFirst();
            }
        }
    }

    /** Of the record that is being applied, when it is a NACK: where it lies now may be gone by the time that it is shown. */
    private @Nullable String error() {
        Record record = current;
        boolean isNack =
                record != null && Frame.typeCode(record.buffer(), record.frameOffset()) == MessageType.NACK.code();
        return isNack && record != null
                ? TaskSteps.cut(nack.wrap(record.buffer(), record.frameOffset()).error())
                : null;
    }
}
