package io.telpher.broker.core.state;

import io.telpher.broker.core.snapshot.BlockReader;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.broker.core.snapshot.DamagedSnapshotException;
import io.telpher.protocol.Backoff;
import io.telpher.protocol.OnDisconnect;
import io.telpher.protocol.QueuePolicyFields;
import org.jspecify.annotations.Nullable;

/** Queues and kinds of tasks in a snapshot. */
final class QueueBlocks {
    private static final int BYTES_BUT_NAME = 320;

    private QueueBlocks() {}

    static void write(Queues queues, BlockWriter out) {
        for (TaskQueue queue : queues.inCreationOrder()) {
            out.entry(BYTES_BUT_NAME + BlockWriter.textBytes(queue.name()));
            out.text(queue.name());
            writePolicy(queue.ownPolicy(), out);
            queue.write(out);
        }
    }

    static void read(Queues queues, BlockReader in) {
        while (in.hasMore()) {
            TaskQueue queue = queues.plan(in.text());
            queues.create(queue);
            queues.put(queue, readPolicy(in));
            queue.restore(in);
        }
    }

    private static void writePolicy(QueuePolicyFields policy, BlockWriter out) {
        out.i32(policy.visibilityTimeoutMs()).i32(policy.maxRetries());
        out.i64(policy.baseMs()).i64(policy.capMs());
        out.i32(policy.factorMillis()).i32(policy.jitterPercent());
        out.u8(policy.backoff().ordinal()).u8(policy.onDisconnect().ordinal());
        out.i64(policy.maxTasks()).i32(policy.minimumShareNormal()).i32(policy.minimumShareLow());
    }

    private static QueuePolicyFields readPolicy(BlockReader in) {
        return new QueuePolicyFields(
                in.i32(),
                in.i32(),
                in.i64(),
                in.i64(),
                in.i32(),
                in.i32(),
                Backoff.of(in.u8()),
                OnDisconnect.of(in.u8()),
                in.i64(),
                in.i32(),
                in.i32());
    }

    static void writeKind(@Nullable TaskKind kind, BlockWriter out) {
        if (kind != null) {
            kind.write(out);
        }
    }

    static void readKinds(PartitionState state, BlockReader in) {
        while (in.hasMore()) {
            int slot = in.i32();
            state.kinds.restore(new TaskKind(queue(state, in.i32()), slot, in));
        }
    }

    static TaskQueue queue(PartitionState state, int index) {
        if (index < 0 || index >= state.queues().count()) {
            throw new DamagedSnapshotException(
                    "queue number " + index + " of " + state.queues().count());
        }
        return state.queues().get(index);
    }
}
