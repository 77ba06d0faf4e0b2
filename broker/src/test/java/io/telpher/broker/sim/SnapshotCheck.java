package io.telpher.broker.sim;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.SnapshotInMemory;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.image.SnapshotCopy;
import io.telpher.broker.journal.RecordHandler;
import io.telpher.broker.partition.snapshot.Recovery;
import org.jspecify.annotations.Nullable;

/** Copies the partition bit by bit while it works; the copy and the records behind it must lead to the same state as all records. */
final class SnapshotCheck {
    private static final int BEGINS_ONE_IN = 15;

    private SnapshotInMemory copied = new SnapshotInMemory();
    private @Nullable SnapshotCopy copy;
    private long copyingFrom;
    private @Nullable SnapshotInMemory complete;
    private long completeUpTo;
    private int compared;

    /** Begins a copy, or copies a little more of the one under way. Whether it is complete now. */
    boolean goOn(Partition partition, long applied, Dice dice) {
        if (copy == null) {
            if (partition.isSettled() && dice.oneIn(BEGINS_ONE_IN)) {
                copied = new SnapshotInMemory();
                copyingFrom = applied;
                copy = partition.beginSnapshot(copied);
            }
        } else if (copy.step(1 + dice.below(3))) {
            copy = null;
            complete = copied;
            completeUpTo = copyingFrom;
            return true;
        }
        return false;
    }

    /** The broker is gone, and with it the copy under way; a copy of what the journal lost is one of something that never was. */
    void restarted(long last) {
        copy = null;
        if (completeUpTo > last) {
            complete = null;
        }
    }

    /** From the last complete copy; null when there is none. */
    @Nullable
    Tail load() {
        return complete == null ? null : new Tail(complete.load(0, Outbox.DISCARD), completeUpTo);
    }

    int compared() {
        return compared;
    }

    /** A partition that was loaded, and takes the records behind its snapshot. */
    final class Tail {
        private final Partition loaded;
        private final long from;

        Tail(Partition loaded, long from) {
            this.loaded = loaded;
            this.from = from;
        }

        RecordHandler records() {
            return record -> {
                if (record.place() > from) {
                    Recovery.apply(loaded, record);
                }
            };
        }

        void compare(long hash) {
            compared++;
            Rule.SNAPSHOT_AND_TAIL_GIVE_THE_SAME_HASH.holds(
                    loaded.stateHash() == hash, () -> "the snapshot at record " + from + " leads to another state");
        }
    }
}
