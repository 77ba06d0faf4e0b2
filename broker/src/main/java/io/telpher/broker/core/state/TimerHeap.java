package io.telpher.broker.core.state;

import java.util.Arrays;

/**
 * Deadlines of tasks, the earliest first, equal ones by sequence. A 4-ary heap in pages: far-away deadlines stay where they are
 * appended, growing copies nothing, and what comes out first does not depend on the order in which things went in.
 *
 * <p>Nothing is taken out of the middle: an entry whose task moved on is stale and skipped when it surfaces. When most are stale
 * the heap is rebuilt.
 */
final class TimerHeap {
    private static final int PAGE_SHIFT = 11;
    private static final int PAGE_ENTRIES = 1 << PAGE_SHIFT;
    private static final int PAGE_MASK = PAGE_ENTRIES - 1;
    private static final int STALE_MIN = 4096;
    private static final int ARITY = 4;

    private long[][] deadlines = new long[4][];
    private long[][] sequences = new long[4][];
    private int size;
    private int stale;

    /** Whether an entry still means something. */
    interface Liveness {
        boolean isLive(long deadlineMs, long sequence);
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void add(long deadlineMs, long sequence) {
        int page = size >>> PAGE_SHIFT;
        if (page == deadlines.length) {
            deadlines = Arrays.copyOf(deadlines, page * 2);
            sequences = Arrays.copyOf(sequences, page * 2);
        }
        if (deadlines[page] == null) {
            deadlines[page] = new long[PAGE_ENTRIES];
            sequences[page] = new long[PAGE_ENTRIES];
        }
        size++;
        siftUp(size - 1, deadlineMs, sequence);
    }

    long firstDeadlineMs() {
        return deadline(0);
    }

    long firstSequence() {
        return sequence(0);
    }

    void removeFirst() {
        Invariant.check(size > 0, "removal from an empty heap");
        size--;
        if (size > 0) {
            siftDown(0, deadline(size), sequence(size));
        }
        int spare = (size >>> PAGE_SHIFT) + 2;
        if (spare < deadlines.length && deadlines[spare] != null) {
            deadlines[spare] = null;
            sequences[spare] = null;
        }
    }

    /** An entry somewhere inside has lost its meaning; rebuilds the heap when such entries prevail. */
    void markStale(Liveness liveness) {
        stale++;
        if (stale > STALE_MIN && stale > size / 2) {
            rebuild(liveness);
        }
    }

    private void rebuild(Liveness liveness) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (liveness.isLive(deadline(i), sequence(i))) {
                put(kept++, deadline(i), sequence(i));
            }
        }
        size = kept;
        stale = 0;
        for (int i = (size - 2) / ARITY; i >= 0 && size > 1; i--) {
            siftDown(i, deadline(i), sequence(i));
        }
        for (int page = (size >>> PAGE_SHIFT) + 2; page < deadlines.length; page++) {
            deadlines[page] = null;
            sequences[page] = null;
        }
    }

    private void siftUp(int start, long deadlineMs, long sequence) {
        int i = start;
        while (i > 0) {
            int parent = (i - 1) / ARITY;
            if (!isBefore(deadlineMs, sequence, parent)) {
                break;
            }
            put(i, deadline(parent), sequence(parent));
            i = parent;
        }
        put(i, deadlineMs, sequence);
    }

    private void siftDown(int start, long deadlineMs, long sequence) {
        int i = start;
        for (int first = i * ARITY + 1; first < size; first = i * ARITY + 1) {
            int least = first;
            for (int child = first + 1; child < Math.min(first + ARITY, size); child++) {
                if (isBefore(deadline(child), sequence(child), least)) {
                    least = child;
                }
            }
            if (isBefore(deadlineMs, sequence, least)) {
                break;
            }
            put(i, deadline(least), sequence(least));
            i = least;
        }
        put(i, deadlineMs, sequence);
    }

    private boolean isBefore(long deadlineMs, long sequence, int other) {
        long otherMs = deadline(other);
        return deadlineMs < otherMs || deadlineMs == otherMs && sequence < sequence(other);
    }

    long deadline(int i) {
        return deadlines[i >>> PAGE_SHIFT][i & PAGE_MASK];
    }

    long sequence(int i) {
        return sequences[i >>> PAGE_SHIFT][i & PAGE_MASK];
    }

    private void put(int i, long deadlineMs, long sequence) {
        deadlines[i >>> PAGE_SHIFT][i & PAGE_MASK] = deadlineMs;
        sequences[i >>> PAGE_SHIFT][i & PAGE_MASK] = sequence;
    }
}
