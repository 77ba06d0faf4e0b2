package io.telpher.broker.core.image;

import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.snapshot.BlockReader;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.broker.core.snapshot.DamagedSnapshotException;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.table.FrozenLine;
import io.telpher.broker.core.table.SequenceDeque;
import io.telpher.protocol.Priority;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.LongConsumer;

/**
 * The lines in a snapshot: what is ready, what is dead and what is finished, stale entries included. Lanes are frozen with their queue, and
 * written when all are. Dead letters are one line for all queues: those of a queue are told by their tasks.
 */
final class LineBlocks {
    private static final int NO_QUEUE = -1;
    private static final int LANES = 2 * Priority.COUNT;
    /** Of the lines that belong to no queue. */
    private static final int DEAD = 1;

    private static final int HEAD_BYTES = 12;

    private final Queue<Line> lines = new ArrayDeque<>();

    /** @param queue index, or {@link #NO_QUEUE} */
    private record Line(int queue, int which, FrozenLine entries) {}

    /** Freezes the lines that belong to no queue as they are now. */
    LineBlocks(PartitionState state) {
        freeze(NO_QUEUE, 0, state.finished.line);
        if (state.dead.size() > 0) {
            lines.add(new Line(NO_QUEUE, DEAD, state.dead.freeze()));
        }
    }

    /** Freezes the lines of this queue as they are now. */
    void freeze(TaskQueue queue) {
        for (int which = 0; which < LANES; which++) {
            freeze(queue.index(), which, seen(queue, which));
        }
    }

    private void freeze(int queue, int which, SequenceDeque line) {
        if (!line.isEmpty()) {
            lines.add(new Line(queue, which, line.freeze()));
        }
    }

    private static SequenceDeque seen(TaskQueue queue, int which) {
        return queue.ready.seen(which % Priority.COUNT, which < Priority.COUNT).entries();
    }

    private static SequenceDeque line(TaskQueue queue, int which) {
        return queue.ready.ring(which % Priority.COUNT, which < Priority.COUNT).entries();
    }

    /** Writes one piece of one line; false when all are written. */
    boolean step(BlockWriter out) {
        Line line = lines.peek();
        if (line == null) {
            return false;
        }
        int count = line.entries.next();
        if (count == 0) {
            line.entries.thaw();
            lines.remove();
        } else {
            out.entry(HEAD_BYTES + count * Long.BYTES);
            out.i32(line.queue).i32(line.which).i32(count);
            line.entries.write(count, out);
        }
        return true;
    }

    /** Unwritten lines are not needed any more. */
    void abandon() {
        lines.forEach(line -> line.entries.thaw());
        lines.clear();
    }

    static void read(PartitionState state, BlockReader in) {
        while (in.hasMore()) {
            int queue = in.i32();
            int which = in.i32();
            if (which < 0 || which >= (queue == NO_QUEUE ? DEAD + 1 : LANES)) {
                throw new DamagedSnapshotException("line number " + which);
            }
            LongConsumer line = queue == NO_QUEUE && which == DEAD
                    ? state.dead::addLast
                    : queue == NO_QUEUE
                            ? state.finished.line::addLast
                            : line(QueueBlocks.queue(state, queue), which)::addLast;
            for (int left = in.count(Long.BYTES); left > 0; left--) {
                line.accept(in.i64());
            }
        }
    }
}
