package io.telpher.broker.core.state;

import java.util.Arrays;

/**
 * Idempotency keys by the 128-bit hash of queue and key: what was submitted under them, and which task it became. Split into many
 * small tables, so that growing one is no pause; entries lie in pages.
 */
public final class IdempotencyIndex {
    public static final int NONE = -1;

    private static final int SEGMENT_BITS = 10;
    private static final int SEGMENTS = 1 << SEGMENT_BITS;
    private static final int TABLE_MIN = 4;
    private static final int PAGE_SHIFT = 10;
    private static final int PAGE_MASK = (1 << PAGE_SHIFT) - 1;

    private final int[][] tables = new int[SEGMENTS][];
    private final int[] counts = new int[SEGMENTS];
    private Page[] pages = new Page[4];
    private int pageCount;
    private int usedSlots;
    private int firstFree = NONE;
    private int count;

    private static final class Page {
        final long[] high = new long[1 << PAGE_SHIFT];
        final long[] low = new long[1 << PAGE_SHIFT];
        final long[] content = new long[1 << PAGE_SHIFT];
        /** Of the task; in a free slot the next free one. */
        final long[] sequence = new long[1 << PAGE_SHIFT];

        final long[] windowEndMs = new long[1 << PAGE_SHIFT];
    }

    int count() {
        return count;
    }

    /** The slot of this key's entry, {@link #NONE} when there is none. */
    public int find(long high, long low) {
        int[] table = tables[segment(high)];
        if (table == null) {
            return NONE;
        }
        for (int i = start(low, table); table[i] != 0; i = i + 1 & table.length - 1) {
            int slot = table[i] - 1;
            if (low(slot) == low && high(slot) == high) {
                return slot;
            }
        }
        return NONE;
    }

    int add(KeyHash key, long sequence, long windowEndMs) {
        int slot = takeSlot();
        Page page = pages[slot >>> PAGE_SHIFT];
        int at = slot & PAGE_MASK;
        page.high[at] = key.high;
        page.low[at] = key.low;
        page.content[at] = key.content;
        page.sequence[at] = sequence;
        page.windowEndMs[at] = windowEndMs;
        int segment = segment(key.high);
        counts[segment]++;
        count++;
        if (tables[segment] == null) {
            tables[segment] = new int[TABLE_MIN];
        } else if (counts[segment] * 2 > tables[segment].length) {
            grow(segment);
        }
        insert(tables[segment], slot);
        return slot;
    }

    void remove(int slot) {
        int segment = segment(high(slot));
        int[] table = tables[segment];
        int hole = start(low(slot), table);
        while (table[hole] != slot + 1) {
            Invariant.check(table[hole] != 0, "removal of a key that is not there");
            hole = hole + 1 & table.length - 1;
        }
        table[hole] = 0;
        // What follows without a gap may have been pushed on by the one removed.
        for (int i = hole + 1 & table.length - 1; table[i] != 0; i = i + 1 & table.length - 1) {
            int moved = table[i] - 1;
            table[i] = 0;
            insert(table, moved);
        }
        counts[segment]--;
        count--;
        pages[slot >>> PAGE_SHIFT].sequence[slot & PAGE_MASK] = firstFree;
        firstFree = slot;
    }

    private int takeSlot() {
        int slot = firstFree;
        if (slot != NONE) {
            firstFree = (int) sequence(slot);
            return slot;
        }
        slot = usedSlots++;
        if (slot >>> PAGE_SHIFT == pageCount) {
            if (pageCount == pages.length) {
                pages = Arrays.copyOf(pages, pageCount * 2);
            }
            pages[pageCount++] = new Page();
        }
        return slot;
    }

    private void grow(int segment) {
        int[] before = tables[segment];
        int[] table = new int[before.length * 2];
        for (int entry : before) {
            if (entry != 0) {
                insert(table, entry - 1);
            }
        }
        tables[segment] = table;
    }

    private void insert(int[] table, int slot) {
        int i = start(low(slot), table);
        while (table[i] != 0) {
            i = i + 1 & table.length - 1;
        }
        table[i] = slot + 1;
    }

    private static int segment(long high) {
        return (int) (high >>> Long.SIZE - SEGMENT_BITS);
    }

    private static int start(long low, int[] table) {
        return (int) low & table.length - 1;
    }

    long high(int slot) {
        return pages[slot >>> PAGE_SHIFT].high[slot & PAGE_MASK];
    }

    long low(int slot) {
        return pages[slot >>> PAGE_SHIFT].low[slot & PAGE_MASK];
    }

    /** Hash of what was submitted under the key. */
    public long content(int slot) {
        return pages[slot >>> PAGE_SHIFT].content[slot & PAGE_MASK];
    }

    public long sequence(int slot) {
        return pages[slot >>> PAGE_SHIFT].sequence[slot & PAGE_MASK];
    }

    long windowEndMs(int slot) {
        return pages[slot >>> PAGE_SHIFT].windowEndMs[slot & PAGE_MASK];
    }
}
