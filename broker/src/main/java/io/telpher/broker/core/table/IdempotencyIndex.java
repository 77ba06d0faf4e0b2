package io.telpher.broker.core.table;

import io.telpher.broker.core.hash.KeyHash;
import java.util.Arrays;

/**
 * Idempotency keys by the 128-bit hash of queue and key: the hash of the submitted content, and the task it became. Keys themselves are not kept: two keys
 * with one keyed 128-bit hash are taken for equal.
 *
 * <p>Entries lie in pages of columns, so that growing is no pause and an entry has no object header; free entries form a list through {@code sequence}. A
 * {@link SlotTable} finds an entry by the low half of its hash, and the high half is compared.
 *
 * <p>An entry lives as long as its task remembers the key, but the key stands for at most one task at a time. Invariant: of the entries with one hash at most one is
 * <em>linked</em>, that is in the table. {@link #unlink} frees the key and leaves the entry, so that a replay can {@link #link} it again.
 */
public final class IdempotencyIndex {
    public static final int NONE = SlotTable.NONE;

    private static final int SEGMENT_BITS = 10;
    private static final int PAGE_SHIFT = 10;
    private static final int PAGE_MASK = (1 << PAGE_SHIFT) - 1;

    private final SlotTable byLow = new SlotTable(SEGMENT_BITS, this::low);
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
        /** + 1; {@link TaskPage#NO_TIMER} when the window is over or the key is free. */
        final int[] windowTimer = new int[1 << PAGE_SHIFT];
    }

    /** Entries, whether their keys stand for them or not. */
    public int count() {
        return count;
    }

    /** The slot of this key's entry, {@link #NONE} when there is none. */
    public int find(long high, long low) {
        int slot = byLow.first(low);
        while (slot != SlotTable.NONE && high(slot) != high) {
            slot = byLow.next();
        }
        return slot;
    }

    public int add(KeyHash key, long sequence, long windowEndMs) {
        int slot = takeSlot();
        Page page = pages[slot >>> PAGE_SHIFT];
        int at = slot & PAGE_MASK;
        page.high[at] = key.high;
        page.low[at] = key.low;
        page.content[at] = key.content;
        page.sequence[at] = sequence;
        page.windowEndMs[at] = windowEndMs;
        page.windowTimer[at] = TaskPage.NO_TIMER;
        count++;
        byLow.add(slot);
        return slot;
    }

    /** Whether the key stands for this entry's task, and not for a later one's or none's. */
    public boolean isLinked(int slot) {
        return find(high(slot), low(slot)) == slot;
    }

    /** From here on the key stands for this entry's task; it stood for none. */
    public void link(int slot) {
        byLow.add(slot);
    }

    /** The entry is forgotten. */
    public void remove(int slot) {
        if (isLinked(slot)) {
            byLow.remove(slot);
        }
        count--;
        pages[slot >>> PAGE_SHIFT].sequence[slot & PAGE_MASK] = firstFree;
        firstFree = slot;
    }

    /** The key is free, and the entry remembers it. */
    public void unlink(int slot) {
        byLow.remove(slot);
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

    public long high(int slot) {
        return pages[slot >>> PAGE_SHIFT].high[slot & PAGE_MASK];
    }

    public long low(int slot) {
        return pages[slot >>> PAGE_SHIFT].low[slot & PAGE_MASK];
    }

    /** Hash of what was submitted under the key. */
    public long content(int slot) {
        return pages[slot >>> PAGE_SHIFT].content[slot & PAGE_MASK];
    }

    public long sequence(int slot) {
        return pages[slot >>> PAGE_SHIFT].sequence[slot & PAGE_MASK];
    }

    public int windowTimer(int slot) {
        return pages[slot >>> PAGE_SHIFT].windowTimer[slot & PAGE_MASK];
    }

    public void windowTimer(int slot, int timerPlusOne) {
        pages[slot >>> PAGE_SHIFT].windowTimer[slot & PAGE_MASK] = timerPlusOne;
    }

    public long windowEndMs(int slot) {
        return pages[slot >>> PAGE_SHIFT].windowEndMs[slot & PAGE_MASK];
    }
}
