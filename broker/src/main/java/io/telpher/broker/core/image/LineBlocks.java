package io.telpher.broker.core.image;

import io.telpher.broker.core.hash.Mix;
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
    /** Of the line that is hashed. */
    private long lineHash;

    private long hash;

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

    /** Hashes one piece of one line, instead of {@link #step}; false when all are hashed. */
    boolean stepHash() {
        Line line = lines.peek();
        if (line == null) {
            return false;
        }
        int count = line.entries.next();
        if (count == 0) {
            line.entries.thaw();
            lines.remove();
            hash += hash(line.queue, line.which, lineHash);
            lineHash = 0;
        } else {
            lineHash = line.entries.hash(count, lineHash);
        }
        return true;
    }

    /** Of all lines so far, in whatever order they came. */
    long hash() {
        return hash;
    }

    /** Of this queue's lines as they are now. */
    static long hashNow(TaskQueue queue) {
        long sum = 0;
        for (int which = 0; which < LANES; which++) {
            sum += hashNow(queue.index(), which, seen(queue, which));
        }
        return sum;
    }

    /** Of the lines that belong to no queue as they are now. */
    static long hashNow(PartitionState state) {
        long sum = hashNow(NO_QUEUE, 0, state.finished.line);
        long[] dead = new long[1];
        state.whileDeadPassAfter(null, 0, sequence -> {
            dead[0] = Mix.add(dead[0], sequence);
            return true;
        });
        return state.dead.size() == 0 ? sum : sum + hash(NO_QUEUE, DEAD, dead[0]);
    }

    private static long hashNow(int queue, int which, SequenceDeque line) {
        long[] entries = new long[1];
        line.forEach(sequence -> entries[0] = Mix.add(entries[0], sequence));
        return line.isEmpty() ? 0 : hash(queue, which, entries[0]);
    }

    private static long hash(int queue, int which, long entries) {
        return Mix.add(Mix.add(Mix.mix(queue), which), entries);
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
