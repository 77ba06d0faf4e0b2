package io.telpher.broker.core.time;

import io.telpher.broker.core.table.Invariant;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The timers of a {@link TimerWheel}, 20 bytes each: a deadline and a key of 48 bits, and the two neighbours in the list of its slot. They lie in pages:
 * growing copies none of them, and a page goes when its last timer does. The lowest free place is taken first, so that pages can go.
 */
final class TimerNodes {
    static final int NONE = -1;

    static final int PAGE_SHIFT = 10;
    static final int PAGE_NODES = 1 << PAGE_SHIFT;
    static final int PAGE_MASK = PAGE_NODES - 1;

    /** Deadlines and keys are below it. */
    static final long LIMIT = 1L << 48;

    private static final int FREE = -2;

    // Where in a node what lies.
    private static final int INTS = 5;
    private static final int DEADLINE_LOW = 0;
    /** The high 16 bits of the deadline, then those of the key. */
    private static final int HIGH = 1;

    private static final int KEY_LOW = 2;
    private static final int NEXT = 3;
    private static final int PREVIOUS = 4;

    private static final int HALF_BITS = 16;
    private static final long LOW_MASK = 0xFFFF_FFFFL;
    private static final int PAGE_BYTES = INTS * Integer.BYTES * PAGE_NODES + 64;

    private @Nullable Page[] pages = new Page[4];
    private final BitSet full = new BitSet();
    /** No page below it has room. */
    private int lowest;

    /** One that is empty, so that timers which come and go at the edge of a page don't make one each time. */
    private @Nullable Page spare;

    private int pageCount;
    private int size;

    private static final class Page {
        final int[] ints = new int[INTS * PAGE_NODES];
        int firstFree = NONE;
        /** Places from here on were never taken. */
        int used;

        int count;
    }

    int size() {
        return size;
    }

    long bytes() {
        return (long) pageCount * PAGE_BYTES;
    }

    int take(long deadlineMs, long key) {
        int number = full.nextClearBit(lowest);
        lowest = number;
        Page page = number < pages.length ? pages[number] : null;
        if (page == null) {
            page = enter(number);
        }
        int at = page.firstFree;
        if (at == NONE) {
            at = page.used++;
        } else {
            page.firstFree = page.ints[at * INTS + NEXT];
        }
        page.count++;
        size++;
        if (page.count == PAGE_NODES) {
            full.set(number);
        }
        int from = at * INTS;
        page.ints[from + DEADLINE_LOW] = (int) deadlineMs;
        page.ints[from + HIGH] = (int) (deadlineMs >>> Integer.SIZE) << HALF_BITS | (int) (key >>> Integer.SIZE);
        page.ints[from + KEY_LOW] = (int) key;
        return number << PAGE_SHIFT | at;
    }

    private Page enter(int number) {
        if (number >= pages.length) {
            pages = Arrays.copyOf(pages, number * 2);
        }
        Page page = spare == null ? new Page() : spare;
        spare = null;
        pages[number] = page;
        pageCount++;
        return page;
    }

    void free(int node) {
        int number = node >>> PAGE_SHIFT;
        Page page = page(node);
        int from = from(node);
        page.ints[from + NEXT] = page.firstFree;
        page.ints[from + PREVIOUS] = FREE;
        page.firstFree = node & PAGE_MASK;
        page.count--;
        size--;
        full.clear(number);
        lowest = Math.min(lowest, number);
        if (page.count == 0) {
            page.firstFree = NONE;
            page.used = 0;
            pages[number] = null;
            pageCount--;
            spare = page;
        }
    }

    private Page page(int node) {
        return Invariant.present(pages[node >>> PAGE_SHIFT], "a timer that is not there");
    }

    private static int from(int node) {
        return (node & PAGE_MASK) * INTS;
    }

    boolean isFree(int node) {
        int number = node >>> PAGE_SHIFT;
        Page page = node < 0 || number >= pages.length ? null : pages[number];
        return page == null || (node & PAGE_MASK) >= page.used || page.ints[from(node) + PREVIOUS] == FREE;
    }

    long deadlineMs(int node) {
        int[] ints = page(node).ints;
        int from = from(node);
        return (long) (ints[from + HIGH] >>> HALF_BITS) << Integer.SIZE | ints[from + DEADLINE_LOW] & LOW_MASK;
    }

    long key(int node) {
        int[] ints = page(node).ints;
        int from = from(node);
        return (ints[from + HIGH] & 0xFFFFL) << Integer.SIZE | ints[from + KEY_LOW] & LOW_MASK;
    }

    int next(int node) {
        return page(node).ints[from(node) + NEXT];
    }

    void next(int node, int next) {
        page(node).ints[from(node) + NEXT] = next;
    }

    int previous(int node) {
        return page(node).ints[from(node) + PREVIOUS];
    }

    void previous(int node, int previous) {
        page(node).ints[from(node) + PREVIOUS] = previous;
    }

    /** By deadline, then by key. */
    boolean isBefore(int node, int other) {
        long deadlineMs = deadlineMs(node);
        long otherMs = deadlineMs(other);
        return deadlineMs < otherMs || deadlineMs == otherMs && key(node) < key(other);
    }
}
