package io.telpher.broker.core.queue;

import io.telpher.broker.core.hash.Mix;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.broker.core.table.FrozenLine;
import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.table.TaskPage;
import java.util.Arrays;
import java.util.function.LongPredicate;

/**
 * Dead tasks in the order they died. Deaths are numbered, and a task's row has the number of its last: that number is a place in this line, and it stays one when
 * the task is not dead any more.
 *
 * <p>The line is cut into chunks of at most {@link #CHUNK} sequences, and an array holds these. So a place is found by two binary searches, a task is taken out by
 * moving a part of one chunk, and no change walks the line. Two neighbours that together fill half a chunk become one.
 */
public final class DeadLetters {
    static final int CHUNK = 512;

    private static final int CHUNK_MIN = 8;
    private static final int CHUNKS_MIN = 4;

    private static final class Chunk {
        long[] sequences;
        int count;
        /** The line's {@code freezes} when the chunk was made: a lower number than the line's = a {@link Frozen} may read it, so it is copied before it changes. */
        final int freezes;

        Chunk(long[] sequences, int count, int freezes) {
            this.sequences = sequences;
            this.count = count;
            this.freezes = freezes;
        }

        long last() {
            return sequences[count - 1];
        }
    }

    private final TaskTable tasks;
    private Chunk[] chunks = new Chunk[CHUNKS_MIN];
    private int chunkCount;
    private long size;
    /** While a {@link Frozen} is read, chunks that it has are copied before they change. */
    private boolean frozen;

    private int freezes;
    private long looks;

    public DeadLetters(TaskTable tasks) {
        this.tasks = tasks;
    }

    public long size() {
        return size;
    }

    /** Rows that were looked at to find places, ever: for tests of what it costs. */
    long looks() {
        return looks;
    }

    /** One that died after all that are there. */
    public void addLast(long sequence) {
        if (chunkCount == 0 || chunks[chunkCount - 1].count == CHUNK) {
            addChunk();
        }
        Chunk chunk = edit(chunkCount - 1);
        if (chunk.count == chunk.sequences.length) {
            chunk.sequences = Arrays.copyOf(chunk.sequences, Math.min(2 * chunk.count, CHUNK));
        }
        chunk.sequences[chunk.count++] = sequence;
        size++;
    }

    private void addChunk() {
        if (chunkCount == chunks.length) {
            chunks = Arrays.copyOf(chunks, 2 * chunkCount);
        }
        chunks[chunkCount] = new Chunk(new long[chunkCount == 0 ? CHUNK_MIN : CHUNK], 0, freezes);
        chunkCount++;
    }

    /** One that is there, and whose row still has the number of its death. */
    public void remove(long sequence) {
        long place = place(sequence);
        int at = chunkFrom(place);
        int row = at == chunkCount ? 0 : rowFrom(chunks[at], place);
        Invariant.check(
                at < chunkCount && chunks[at].sequences[row] == sequence, "a dead task that is not in its line");
        Chunk chunk = edit(at);
        chunk.count--;
        System.arraycopy(chunk.sequences, row + 1, chunk.sequences, row, chunk.count - row);
        size--;
        if (chunk.count == 0) {
            removeChunk(at);
        } else {
            joinWithNext(at);
        }
    }

    /** Shows those behind this place until one does not pass. None may come or go meanwhile. */
    public void whilePassesAfter(long place, LongPredicate each) {
        int at = chunkFrom(place + 1);
        int row = at == chunkCount ? 0 : rowFrom(chunks[at], place + 1);
        for (; at < chunkCount; at++) {
            Chunk chunk = chunks[at];
            for (; row < chunk.count; row++) {
                if (!each.test(chunk.sequences[row])) {
                    return;
                }
            }
            row = 0;
        }
    }

    /** The place right before the first that died then or later: at the end, the last one's. */
    public long placeBefore(long diedAtMs) {
        int low = 0;
        int high = chunkCount;
        while (low < high) {
            int middle = low + high >>> 1;
            boolean isBefore = diedAtMs(chunks[middle].last()) < diedAtMs;
            low = isBefore ? middle + 1 : low;
            high = isBefore ? high : middle;
        }
        if (low == chunkCount) {
            return chunkCount == 0 ? 0 : place(chunks[chunkCount - 1].last());
        }
        Chunk chunk = chunks[low];
        int row = 0;
        int end = chunk.count - 1;
        while (row < end) {
            int middle = row + end >>> 1;
            boolean isBefore = diedAtMs(chunk.sequences[middle]) < diedAtMs;
            row = isBefore ? middle + 1 : row;
            end = isBefore ? end : middle;
        }
        return place(chunk.sequences[row]) - 1;
    }

    /** The first chunk with something at or behind this place; {@link #chunkCount} when none has. */
    private int chunkFrom(long place) {
        int low = 0;
        int high = chunkCount;
        while (low < high) {
            int middle = low + high >>> 1;
            if (place(chunks[middle].last()) < place) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** There is one. */
    private int rowFrom(Chunk chunk, long place) {
        int low = 0;
        int high = chunk.count - 1;
        while (low < high) {
            int middle = low + high >>> 1;
            if (place(chunk.sequences[middle]) < place) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private long place(long sequence) {
        looks++;
        long[] deaths = page(sequence).death;
        return Invariant.present(deaths, "a dead task without a number")[(int) sequence & TaskPage.MASK];
    }

    private long diedAtMs(long sequence) {
        looks++;
        return page(sequence).due[(int) sequence & TaskPage.MASK];
    }

    private TaskPage page(long sequence) {
        return Invariant.present(tasks.page(sequence), "a dead task without a page");
    }

    private void removeChunk(int at) {
        chunkCount--;
        System.arraycopy(chunks, at + 1, chunks, at, chunkCount - at);
        Arrays.fill(chunks, chunkCount, chunkCount + 1, null);
    }

    private void joinWithNext(int at) {
        if (at + 1 == chunkCount || chunks[at].count + chunks[at + 1].count > CHUNK / 2) {
            return;
        }
        Chunk first = edit(at);
        Chunk next = chunks[at + 1];
        int count = first.count + next.count;
        if (first.sequences.length < count) {
            first.sequences = Arrays.copyOf(first.sequences, CHUNK);
        }
        System.arraycopy(next.sequences, 0, first.sequences, first.count, next.count);
        first.count = count;
        removeChunk(at + 1);
    }

    private Chunk edit(int at) {
        Chunk chunk = chunks[at];
        if (frozen && chunk.freezes != freezes) {
            chunk = new Chunk(chunk.sequences.clone(), chunk.count, freezes);
            chunks[at] = chunk;
        }
        return chunk;
    }

    /** The line as it was when it was frozen, written piece by piece while the line goes on changing. */
    static final class Frozen implements FrozenLine {
        private final DeadLetters line;
        private final Chunk[] chunks;
        private int next;

        private Frozen(DeadLetters line) {
            this.line = line;
            this.chunks = Arrays.copyOf(line.chunks, line.chunkCount);
        }

        @Override
        public int next() {
            return next == chunks.length ? 0 : chunks[next].count;
        }

        @Override
        public void write(int count, BlockWriter out) {
            out.longs(chunks[next++].sequences, 0, count);
        }

        @Override
        public long hash(int count, long hash) {
            long sum = hash;
            long[] sequences = chunks[next++].sequences;
            for (int i = 0; i < count; i++) {
                sum = Mix.add(sum, sequences[i]);
            }
            return sum;
        }

        @Override
        public void thaw() {
            line.frozen = false;
        }
    }

    /** Only one at a time. */
    public Frozen freeze() {
        Invariant.check(!frozen, "a line frozen twice");
        frozen = true;
        freezes++;
        return new Frozen(this);
    }
}
