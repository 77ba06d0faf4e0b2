package io.telpher.broker.partition.replica;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.broker.journal.Log;
import io.telpher.broker.journal.Store;
import io.telpher.broker.memory.HeapBudget;
import io.telpher.broker.partition.history.HistoryReplayPlan;
import io.telpher.broker.partition.query.RecentSyncs;
import io.telpher.broker.partition.run.ClientShares;
import io.telpher.broker.partition.snapshot.SnapshotPlan;
import io.telpher.broker.partition.time.BrokerClock;
import io.telpher.protocol.Limits;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code PartitionAgent} is made of.
 *
 * @param partition recovered: it has applied all that the log holds
 */
public record Parts(
        Partition partition, Log log, Store store, Time time, Upkeep upkeep, Room room, Observers observers) {

    /**
     * @param clock the broker's, in ms since 1970
     * @param wall how the wall clock stands to it, for the core to know; null = it is not told
     * @param nanoTime what the pieces of long answers are measured by
     * @param idle lets so many nanoseconds pass, or fewer when {@code PartitionAgent#journalAdvanced} or another call has work for the thread
     */
    public record Time(LongSupplier clock, @Nullable BrokerClock wall, LongSupplier nanoTime, LongConsumer idle) {
        public static Time of(LongSupplier clock, LongConsumer idle) {
            return new Time(clock, null, System::nanoTime, idle);
        }

        /** The thread parks when it has nothing to do. */
        public static Time of(LongSupplier clock) {
            return of(clock, LockSupport::parkNanos);
        }
    }

    /**
     * What is done with the data directory beside the log; each null = not at all.
     *
     * @param oldestNeededFile the first journal file that a start may need, 0 = all: those before it that nothing needs are deleted
     * @param lookBack how what this run does not remember of a task's history is found
     * @param replayRuns the file by which replays that are under way when the broker stops are told to its next run
     */
    public record Upkeep(
            @Nullable SnapshotPlan snapshots,
            @Nullable IntSupplier oldestNeededFile,
            @Nullable HistoryReplayPlan lookBack,
            @Nullable Path replayRuns) {
        public static final Upkeep NONE = new Upkeep(null, null, null, null);
    }

    /**
     * @param shares what clients may hold, of all partitions together
     * @param heap shared with the other partitions
     * @param payloadBytesMax {@code limits.max_payload}, for payloads that are patched
     */
    public record Room(ClientShares shares, HeapBudget heap, int payloadBytesMax) {
        /** Shares of its own, and as much of the heap as there is. */
        public static Room own() {
            return of(ClientShares.byDefault());
        }

        public static Room of(ClientShares shares) {
            return new Room(shares, HeapBudget.unlimited(), Limits.PAYLOAD_BYTES_DEFAULT);
        }
    }

    /**
     * @param failed told why the thread ended, when it was not asked to
     * @param transitions told of every change of a task's state, on the agent's thread, so it must be quick
     * @param syncs shown to those who ask for the broker's numbers
     */
    public record Observers(Consumer<Throwable> failed, TransitionListener transitions, RecentSyncs syncs) {
        public static Observers of(Consumer<Throwable> failed) {
            return new Observers(failed, TransitionListener.NONE, new RecentSyncs());
        }
    }

    public LongSupplier clock() {
        return time.clock();
    }
}
