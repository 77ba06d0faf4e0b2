package io.telpher.broker.core.image;

import io.telpher.broker.core.queue.QueueLimits;
import io.telpher.broker.core.snapshot.BlockReader;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.broker.core.snapshot.DamagedSnapshotException;
import io.telpher.broker.core.state.PartitionState;

/** Clock, term and counters in a snapshot. */
final class StateBlock {
    private static final int BYTES = 320;

    private StateBlock() {}

    static void write(PartitionState state, BlockWriter out) {
        out.entry(BYTES);
        out.i32(state.partitionId).i32(state.semanticsVersion());
        out.i64(state.nowMs()).i64(state.wallOffsetMs()).i64(state.term()).i64(state.retentionMs());
        out.i64(state.submitted).i64(state.completed).i64(state.deaths);
        out.longs(state.tasksByState);
        out.i64(state.leases.lastLeaseId()).i64(state.waiters().nextSerial());
        out.i64(state.tasks.nextSequence()).i64(state.tasks.firstPage()).i64(state.tasks.rows());
        out.i64(state.finished.bytesMax()).i64(state.finished.crowdedAtMs());
        out.i64(state.hashKey().key0()).i64(state.hashKey().key1());
        QueueLimits limits = state.queues().limits();
        out.i32(limits.queuesMax()).i32(limits.perMakerMax()).i64(limits.idleTtlMs());
        out.i64(state.queues().makers().session()).i64(state.queues().makers().maker());
    }

    /** Returns how many tasks there are. */
    static long read(PartitionState state, BlockReader in) {
        int partition = in.i32();
        if (partition != state.partitionId) {
            throw new DamagedSnapshotException("this is of partition " + partition + ", not " + state.partitionId);
        }
        state.semanticsVersion(in.i32());
        long nowMs = in.i64();
        state.wallOffsetMs(in.i64());
        state.restore(nowMs, in.i64());
        state.retentionMs(in.i64());
        state.submitted = in.i64();
        state.completed = in.i64();
        state.deaths = in.i64();
        in.longs(state.tasksByState);
        state.leases.lastLeaseId(in.i64());
        state.waiters().nextSerial(in.i64());
        state.tasks.restore(in.i64(), in.i64());
        long rows = in.i64();
        state.finished.restore(in.i64(), in.i64());
        state.hashKey().set(in.i64(), in.i64());
        state.queues().limits(new QueueLimits(in.i32(), in.i32(), in.i64()));
        state.queues().makers().tell(in.i64(), in.i64());
        return rows;
    }
}
