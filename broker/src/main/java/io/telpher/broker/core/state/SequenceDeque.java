package io.telpher.broker.core.state;

import java.util.function.LongConsumer;
import java.util.function.LongPredicate;

/** A first-in-first-out line of numbers that also takes one at its front. Grows by chunks, so no push ever copies what is there. */
final class SequenceDeque {
    private static final int CHUNK_MIN = 16;
    private static final int CHUNK_MAX = 1024;

    private Chunk head = new Chunk(CHUNK_MIN, 0);
    private Chunk tail = head;
    private long size;

    private static final class Chunk {
        final long[] values;
        int start;
        int end;
        Chunk next = this;

        Chunk(int capacity, int start) {
            this.values = new long[capacity];
            this.start = start;
            this.end = start;
        }
    }

    long size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void addLast(long value) {
        if (tail.end == tail.values.length) {
            Chunk chunk = new Chunk(Math.min(tail.values.length * 2, CHUNK_MAX), 0);
            tail.next = chunk;
            tail = chunk;
        }
        tail.values[tail.end++] = value;
        size++;
    }

    void addFirst(long value) {
        if (head.start == 0) {
            Chunk chunk = new Chunk(CHUNK_MIN, CHUNK_MIN);
            chunk.next = head;
            head = chunk;
        }
        head.values[--head.start] = value;
        size++;
        skipEmptyChunks();
    }

    long first() {
        Invariant.check(size > 0, "first of an empty line");
        return head.values[head.start];
    }

    long removeFirst() {
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
        if (size == 0) {
            head.start = 0;
            head.end = 0;
        }
    }

    void forEach(LongConsumer each) {
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

    /** Keeps only those that pass, in their order. */
    void retain(LongPredicate keep) {
        SequenceDeque kept = new SequenceDeque();
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
