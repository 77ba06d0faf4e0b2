package io.telpher.broker.core.table;

import io.telpher.broker.core.hash.Mix;
import io.telpher.broker.core.snapshot.BlockWriter;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;

/** A first-in-first-out line of numbers that also takes one at its front. Grows by chunks, so no push ever copies what is there. */
public final class SequenceDeque {
    private static final int CHUNK_MIN = 16;
    private static final int CHUNK_MAX = 1024;

    /** Empty as long as the line never had anything in it: most lines of most queues. */
    private Chunk head = new Chunk(0, 0, 0);

    private Chunk tail = head;
    private long size;
    /** While a {@link Frozen} is read, what lay in the line then is not overwritten. */
    private boolean frozen;

    private int freezes;

    private static final class Chunk {
        final long[] values;
        /** The line's {@code freezes} when the chunk was made: a lower number than the line's = a {@link Frozen} may read it. */
        final int freezes;

        int start;
        int end;
        Chunk next = this;
        /** Where the next one starts, as long as this one is in front of it. */
        int nextStart;

        Chunk(int capacity, int start, int freezes) {
            this.values = new long[capacity];
            this.start = start;
            this.end = start;
            this.freezes = freezes;
        }
    }

    /** The line as it was when it was frozen, read piece by piece while the line goes on changing. */
    static final class Frozen implements FrozenLine {
        private final SequenceDeque line;
        private Chunk chunk;
        private int start;
        private long left;

        private Frozen(SequenceDeque line) {
            this.line = line;
            this.chunk = line.head;
            this.start = line.head.start;
            this.left = line.size;
        }

        @Override
        public int next() {
            while (left > 0 && chunk.end == start) {
                advance();
            }
            return (int) Math.min(chunk.end - start, left);
        }

        private void advance() {
            start = chunk.nextStart;
            chunk = chunk.next;
        }

        @Override
        public void write(int count, BlockWriter out) {
            out.longs(chunk.values, start, count);
            left -= count;
            advance();
        }

        @Override
        public long hash(int count, long hash) {
            long sum = hash;
            for (int i = start; i < start + count; i++) {
                sum = Mix.add(sum, chunk.values[i]);
            }
            left -= count;
            advance();
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

    private boolean mayOverwrite(Chunk chunk) {
        return !frozen || chunk.freezes == freezes;
    }

    public long size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    public void addLast(long value) {
        if (tail.end == tail.values.length) {
            Chunk chunk = new Chunk(Math.max(CHUNK_MIN, Math.min(tail.values.length * 2, CHUNK_MAX)), 0, freezes);
            tail.next = chunk;
            tail = chunk;
            head = size == 0 ? chunk : head;
        }
        tail.values[tail.end++] = value;
        size++;
    }

    public void addFirst(long value) {
        if (head.start == 0 || !mayOverwrite(head)) {
            Chunk chunk = new Chunk(CHUNK_MIN, CHUNK_MIN, freezes);
            chunk.next = head;
            chunk.nextStart = head.start;
            head = chunk;
        }
        head.values[--head.start] = value;
        size++;
        skipEmptyChunks();
    }

    public long first() {
        Invariant.check(size > 0, "first of an empty line");
        return head.values[head.start];
    }

    public long removeFirst() {
        long value = first();
        head.start++;
        size--;
        skipEmptyChunks();
        return value;
    }

    private void skipEmptyChunks() {
        while (head.start == head.end && head != tail) {
            head = head.next;
        }
        if (size == 0 && mayOverwrite(head)) {
            head.start = 0;
            head.end = 0;
        } else if (size == 0) {
            head = new Chunk(CHUNK_MIN, 0, freezes);
            tail = head;
        }
    }

    public void forEach(LongConsumer each) {
        Chunk chunk = head;
        long left = size;
        while (left > 0) {
            for (int i = chunk.start; i < chunk.end; i++) {
                each.accept(chunk.values[i]);
                left--;
            }
            chunk = chunk.next;
        }
    }

    /** Shows them in their order until one does not pass. */
    public void whilePasses(LongPredicate each) {
        Chunk chunk = head;
        long left = size;
        while (left > 0) {
            for (int i = chunk.start; i < chunk.end; i++) {
                if (!each.test(chunk.values[i])) {
                    return;
                }
                left--;
            }
            chunk = chunk.next;
        }
    }

    /** Keeps only those that pass, in their order. */
    public void retain(LongPredicate keep) {
        SequenceDeque kept = new SequenceDeque();
        kept.freezes = freezes;
        forEach(value -> {
            if (keep.test(value)) {
                kept.addLast(value);
            }
        });
        head = kept.head;
        tail = kept.tail;
        size = kept.size;
    }
}
