package io.telpher.broker.partition.snapshot;

/**
 * The parts that an agent needs to take snapshots.
 *
 * @param replayedBytes of the records that recovery read behind the last snapshot
 * @param wakeUp called from another thread when the agent has something to do again
 */
public record SnapshotPlan(SnapshotStore store, SnapshotPolicy policy, long replayedBytes, Runnable wakeUp) {
    public SnapshotPlan(SnapshotStore store, SnapshotPolicy policy, Recovery recovery, Runnable wakeUp) {
        this(store, policy, recovery.replayedBytes(), wakeUp);
    }
}
