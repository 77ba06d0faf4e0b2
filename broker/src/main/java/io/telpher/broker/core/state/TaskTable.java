package io.telpher.broker.core.state;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** All tasks by sequence, in pages. A page goes when its last task does. Sequences start at 1 and are never given twice. */
final class TaskTable {
    private static final int PAGES_MIN = 16;

    private @Nullable TaskPage[] pages = new TaskPage[PAGES_MIN];
    /** Number of the page at index 0 of {@link #pages}. */
    private long basePage;
    /** Index of the first page that may be there. */
    private int firstIndex;

    private int endIndex;
    private long nextSequence = 1;
    private long rows;

    private final CopyOnChange copying;

    TaskTable(CopyOnChange copying) {
        this.copying = copying;
    }

    /** The sequence that the next task gets. */
    long nextSequence() {
        return nextSequence;
    }

    long rows() {
        return rows;
    }

    /** Makes room for one more task. */
    long append() {
        long sequence = nextSequence++;
        int index = (int) ((sequence >>> TaskPage.SHIFT) - basePage);
        while (index >= pages.length) {
            index -= makeRoom();
        }
        TaskPage page = pages[index];
        if (page == null) {
            page = new TaskPage(basePage + index, copying.number());
            pages[index] = page;
            endIndex = index + 1;
            freeWhenEmpty(index - 1);
        }
        page.rows++;
        rows++;
        return sequence;
    }

    /** The next task's sequence is so much higher. What is left out takes 8 bytes a page until the tasks before it are gone. */
    void leaveOut(long sequences) {
        if (sequences > 0) {
            nextSequence += sequences;
            freeWhenEmpty(endIndex - 1);
            if (rows == 0) {
                basePage = nextSequence >>> TaskPage.SHIFT;
                firstIndex = 0;
                endIndex = 0;
            }
        }
    }

    /** The page of this sequence; null when none of its tasks is there. */
    @Nullable
    TaskPage page(long sequence) {
        long index = (sequence >>> TaskPage.SHIFT) - basePage;
        return index >= 0 && index < endIndex ? pages[(int) index] : null;
    }

    void remove(long sequence) {
        int index = (int) ((sequence >>> TaskPage.SHIFT) - basePage);
        TaskPage page = pages[index];
        int row = (int) sequence & TaskPage.MASK;
        Invariant.check(page != null && page.bits[row] != 0, "removal of a task that is not there");
        page.bits[row] = 0;
        page.rows--;
        rows--;
        if (index < endIndex - 1) {
            freeWhenEmpty(index);
        }
    }

    /** Not the last page: it still takes new tasks. */
    private void freeWhenEmpty(int index) {
        TaskPage page = index < 0 ? null : pages[index];
        if (page == null || page.rows > 0) {
            return;
        }
        pages[index] = null;
        while (firstIndex < endIndex && pages[firstIndex] == null) {
            firstIndex++;
        }
    }

    /** The first sequence above {@code after} whose page exists; at or above {@link #nextSequence} when there is none. */
    long nextPresent(long after) {
        long sequence = after + 1;
        while (sequence < nextSequence && page(sequence) == null) {
            long index = Math.max((sequence >>> TaskPage.SHIFT) - basePage + 1, firstIndex);
            sequence = basePage + index << TaskPage.SHIFT;
        }
        return sequence;
    }

    /** Number of the first page that may be there. */
    long firstPage() {
        return basePage + firstIndex;
    }

    /** Number behind the last page. */
    long endPage() {
        return basePage + endIndex;
    }

    @Nullable
    TaskPage pageNumbered(long number) {
        return page(number << TaskPage.SHIFT);
    }

    /** Before any task is there: sequences go on at {@code next}, and no page before {@code first} will be put. */
    void restore(long next, long first) {
        nextSequence = next;
        basePage = first;
    }

    /** Puts back a page that was written before; its rows are counted here. */
    void put(TaskPage page) {
        long index = page.number - basePage;
        Invariant.check(index >= 0 && page.number <= nextSequence >>> TaskPage.SHIFT, "a page out of range");
        if (index >= pages.length) {
            int length = Math.max(pages.length * 2, Math.toIntExact(index + 1));
            pages = Arrays.copyOf(pages, length);
        }
        Invariant.check(pages[(int) index] == null, "a page put twice");
        pages[(int) index] = page;
        endIndex = Math.max(endIndex, (int) index + 1);
        for (int bits : page.bits) {
            page.rows += bits == 0 ? 0 : 1;
        }
        rows += page.rows;
    }

    /** Drops the gap at the front or doubles the room; returns by how much indexes became smaller. */
    private int makeRoom() {
        int gap = firstIndex;
        int length = gap > pages.length / 2 ? pages.length : pages.length * 2;
        @Nullable TaskPage[] moved = new TaskPage[length];
        System.arraycopy(pages, gap, moved, 0, endIndex - gap);
        pages = moved;
        basePage += gap;
        endIndex -= gap;
        firstIndex = 0;
        return gap;
    }
}
