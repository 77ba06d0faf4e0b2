package io.telpher.broker.core.image;

import io.telpher.broker.core.snapshot.BlockReader;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.TaskKind;
import io.telpher.broker.core.state.TaskKinds;

/** Kinds of tasks in a snapshot. A kind never changes: those of the moment of the copy are enough. */
final class KindBlocks {
    private final TaskKinds.Frozen kinds;
    private int next;

    KindBlocks(PartitionState state) {
        this.kinds = state.kinds.freeze();
    }

    /** Writes some more; false when all are written. */
    boolean step(int count, BlockWriter out) {
        int end = Math.min(kinds.slots(), next + count);
        if (next == end) {
            return false;
        }
        while (next < end) {
            TaskKind kind = kinds.get(next++);
            if (kind != null) {
                kind.write(out);
            }
        }
        return true;
    }

    static void read(PartitionState state, BlockReader in) {
        while (in.hasMore()) {
            int slot = in.i32();
            state.kinds.restore(slot, new TaskKind(QueueBlocks.queue(state, in.i32()), state.kinds.slots(), in));
        }
    }
}
