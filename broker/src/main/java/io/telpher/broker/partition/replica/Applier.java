package io.telpher.broker.partition.replica;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.image.StateHashCopy;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.broker.journal.Record;
import io.telpher.broker.partition.history.TaskHistory;
import io.telpher.broker.partition.query.QueueRates;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.broker.partition.snapshot.SnapshotPlan;
import io.telpher.broker.partition.storage.Compactor;
import io.telpher.broker.partition.storage.DiskRoom;
import io.telpher.protocol.TaskState;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What every copy of a partition does with its log, whoever leads: applies its records, remembers what became of tasks, takes snapshots, gives the disk
 * back. The partition's thread.
 */
public final class Applier {
    /** Hashed in one duty cycle: about 0.1 ms. */
    private static final int HASHED_PIECES = 2;

    private final Partition partition;
    private final DiskRoom room;
    private final TaskHistory history;
    private final QueueRates rates;
    private final TransitionListener observer;
    private final @Nullable Snapshots snapshots;
    private final @Nullable Compactor compactor;
    private TransitionListener leader = TransitionListener.NONE;
    private @Nullable Hashing hashing;

    /** Of the state at one moment. */
    private record Hashing(StateHashCopy copy, LongConsumer told) {}

    public Applier(Parts parts) {
        this.partition = parts.partition();
        this.room = new DiskRoom(partition, parts.store(), parts.clock());
        long nowMs = parts.clock().getAsLong();
        this.history = new TaskHistory(nowMs, partition::now);
        this.rates = new QueueRates(partition::now, nowMs);
        this.observer = parts.observers().transitions();
        SnapshotPlan plan = parts.upkeep().snapshots();
        this.snapshots = plan == null
                ? null
                : new Snapshots(
                        partition,
                        parts.store(),
                        parts.clock(),
                        room,
                        plan,
                        parts.room().shares().snapshots());
        IntSupplier oldestNeededFile = parts.upkeep().oldestNeededFile();
        this.compactor = oldestNeededFile == null
                ? null
                : new Compactor(partition, parts.store(), parts.clock(), room, oldestNeededFile);
        partition.watch(new TransitionListener() {
            @Override
            public void moved(TaskCursor task, TaskState from) {
                history.moved(task, from);
                rates.moved(task, from);
                leader.moved(task, from);
                observer.moved(task, from);
            }

            @Override
            public void deleted(TaskQueue queue) {
                rates.deleted(queue);
                observer.deleted(queue);
            }
        });
    }

    /** Is told of every change of a task's state from here on, in the place of the one before. */
    public void leader(TransitionListener listener) {
        leader = listener;
    }

    public void apply(Record record) {
        Recovery.apply(partition, record);
    }

    /** Gives a little of the disk back; returns 0 when there was nothing to do. */
    public int compact() {
        return compactor == null ? 0 : compactor.step();
    }

    /** Goes on with a hash or a snapshot, or begins a snapshot that is due; returns 0 when there was nothing to do. */
    public int snapshot(long appliedSequence) {
        int work = stepHash();
        return work > 0 || snapshots == null ? work : snapshots.step(appliedSequence);
    }

    /**
     * Begins to reckon the hash of the state as it is now, in the place of one that is not done. A snapshot that is being copied is begun anew later: there is one copy of a moment at a
     * time, and this moment is the same on all machines.
     *
     * @param told of it, when it is there
     */
    public void hash(LongConsumer told) {
        endHashing();
        if (snapshots != null) {
            snapshots.giveWay();
        }
        hashing = new Hashing(partition.beginStateHash(), told);
    }

    /** Goes on with it; returns 0 when there was nothing to do. */
    private int stepHash() {
        Hashing present = hashing;
        if (present == null) {
            return 0;
        }
        if (present.copy.step(HASHED_PIECES)) {
            hashing = null;
            present.told.accept(present.copy.value());
        }
        return 1;
    }

    /** A hash that is not done is not wanted any more. */
    public void endHashing() {
        Hashing present = hashing;
        if (present != null) {
            present.copy.abandon();
            hashing = null;
        }
    }

    /** What a command changes may have to be looked at before. */
    public boolean isCopying() {
        return hashing != null || snapshots != null && snapshots.isCopying();
    }

    @Nullable
    public Snapshots snapshots() {
        return snapshots;
    }

    public DiskRoom room() {
        return room;
    }

    public TaskHistory history() {
        return history;
    }

    public QueueRates rates() {
        return rates;
    }
}
