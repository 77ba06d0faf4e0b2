package io.telpher.broker.core.state;

import io.telpher.broker.core.snapshot.BlockReader;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.broker.core.snapshot.DamagedSnapshotException;
import io.telpher.protocol.Priority;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The lines in a snapshot: what is ready, what is dead and what is finished, stale entries included. They are frozen with their queue, and written when
 * all are.
 */
final class LineBlocks {
    private static final int FINISHED = -1;
    private static final int DEAD = 2 * Priority.COUNT;
    private static final int HEAD_BYTES = 12;

    private final Queue<Line> lines = new ArrayDeque<>();

    /** @param queue index, {@link #FINISHED} for the line that belongs to none */
    private record Line(int queue, int which, SequenceDeque.Frozen entries) {}

    /** Freezes the line that belongs to no queue as it is now. */
    LineBlocks(PartitionState state) {
        freeze(FINISHED, 0, state.finished.line);
    }

    /** Freezes the lines of this queue as they are now. */
    void freeze(TaskQueue queue) {
        for (int which = 0; which <= DEAD; which++) {
            freeze(queue.index(), which, line(queue, which));
        }
    }

    private void freeze(int queue, int which, SequenceDeque line) {
        if (!line.isEmpty()) {
            lines.add(new Line(queue, which, line.freeze()));
        }
    }

    private static SequenceDeque line(TaskQueue queue, int which) {
        return which == DEAD
                ? queue.deadLetters.entries()
                : queue.ready
                        .ring(which % Priority.COUNT, which < Priority.COUNT)
                        .entries();
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

    /** What is not written yet is not needed any more. */
    void abandon() {
        lines.forEach(line -> line.entries.thaw());
        lines.clear();
    }

    static void read(PartitionState state, BlockReader in) {
        while (in.hasMore()) {
            int queue = in.i32();
            int which = in.i32();
            if (which < 0 || which > DEAD) {
                throw new DamagedSnapshotException("line number " + which);
            }
            SequenceDeque line = queue == FINISHED ? state.finished.line : line(QueueBlocks.queue(state, queue), which);
            for (int left = in.count(Long.BYTES); left > 0; left--) {
                line.addLast(in.i64());
            }
        }
    }
}
