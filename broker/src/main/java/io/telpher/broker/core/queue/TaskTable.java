package io.telpher.broker.core.queue;

import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.table.TaskPage;
import java.util.Arrays;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All tasks by sequence: in pages, and these in leaves, in the order of their numbers. A page goes when its last task does, a leaf with its last page, so
 * what is not there takes nothing, however far apart tasks lie. Sequences start at 1 and are never given twice.
 */
public final class TaskTable {
    private static final int LEAF_SHIFT = 10;
    private static final int LEAF_PAGES = 1 << LEAF_SHIFT;
    private static final int LEAF_MASK = LEAF_PAGES - 1;
    private static final int LEAVES_MIN = 4;

    /** {@code LEAF_PAGES} pages in a row. */
    private static final class Leaf {
        final long number;
        final @Nullable TaskPage[] pages = new TaskPage[LEAF_PAGES];
        int count;

        Leaf(long number) {
            this.number = number;
        }
    }

    private Leaf[] leaves = new Leaf[LEAVES_MIN];
    private int leafCount;
    /** The one with the highest number; it stays while it may take new tasks. */
    private @Nullable TaskPage last;

    private long nextSequence = 1;
    private long rows;

    private final IntSupplier copy;

    /** @param copy the number of the copy that is under way: a page made meanwhile is not part of it, see {@code CopyOnChange} */
    public TaskTable(IntSupplier copy) {
        this.copy = copy;
    }

    /** The sequence that the next task gets. */
    public long nextSequence() {
        return nextSequence;
    }

    public long rows() {
        return rows;
    }

    /** Makes room for one more task. */
    public long append() {
        long sequence = nextSequence++;
        long number = sequence >>> TaskPage.SHIFT;
        TaskPage page = last;
        if (page == null || page.number != number) {
            TaskPage before = page;
            page = new TaskPage(number, copy.getAsInt());
            enter(page);
            freeWhenEmpty(before);
        }
        page.rows++;
        rows++;
        return sequence;
    }

    /** The next task's sequence is so much higher. */
    public void leaveOut(long sequences) {
        if (sequences > 0) {
            nextSequence += sequences;
            TaskPage before = last;
            last = null;
            freeWhenEmpty(before);
        }
    }

    /** The page of this sequence; null when none of its tasks is there. */
    @Nullable
    public TaskPage page(long sequence) {
        long number = sequence >>> TaskPage.SHIFT;
        int at = indexOf(number >>> LEAF_SHIFT);
        return at < 0 ? null : leaves[at].pages[(int) number & LEAF_MASK];
    }

    public void remove(long sequence) {
        TaskPage page = Invariant.present(page(sequence), "removal of a task that is not there");
        int row = (int) sequence & TaskPage.MASK;
        Invariant.check(page.bits[row] != 0, "removal of a task that is not there");
        page.bits[row] = 0;
        page.rows--;
        rows--;
        freeWhenEmpty(page);
    }

    private void freeWhenEmpty(@Nullable TaskPage page) {
        if (page == null || page.rows > 0 || page == last) {
            return;
        }
        int at = indexOf(page.number >>> LEAF_SHIFT);
        Leaf leaf = leaves[at];
        leaf.pages[(int) page.number & LEAF_MASK] = null;
        leaf.count--;
        if (leaf.count == 0) {
            leafCount--;
            System.arraycopy(leaves, at + 1, leaves, at, leafCount - at);
            Arrays.fill(leaves, leafCount, leafCount + 1, null);
        }
    }

    /** The first sequence above {@code after} whose page exists; at or above {@link #nextSequence} when there is none. */
    public long nextPresent(long after) {
        long sequence = after + 1;
        if (sequence >= nextSequence) {
            return sequence;
        }
        TaskPage page = pageFrom(sequence >>> TaskPage.SHIFT);
        return page == null ? nextSequence : Math.max(sequence, page.number << TaskPage.SHIFT);
    }

    /** The first page with this number or a higher one; null when there is none. */
    @Nullable
    public TaskPage pageFrom(long number) {
        int at = indexOf(number >>> LEAF_SHIFT);
        int from = at < 0 ? 0 : (int) number & LEAF_MASK;
        for (int i = at < 0 ? -1 - at : at; i < leafCount; i++) {
            for (int k = from; k < LEAF_PAGES; k++) {
                TaskPage page = leaves[i].pages[k];
                if (page != null) {
                    return page;
                }
            }
            from = 0;
        }
        return null;
    }

    /** Number of the first page; without any, of the one that the next task lies in. */
    public long firstPage() {
        TaskPage first = pageFrom(0);
        return first == null ? nextSequence >>> TaskPage.SHIFT : first.number;
    }

    /** Before any task is there: sequences go on at {@code next}, and no page before {@code first} will be put. */
    public void restore(long next, long first) {
        Invariant.check(next > 0 && first >= 0 && first <= next >>> TaskPage.SHIFT, "sequences out of range");
        nextSequence = next;
    }

    /** Puts back a page that was written before; its rows are counted here. */
    public void put(TaskPage page) {
        Invariant.check(
                page.number >= 0
                        && page.number <= nextSequence >>> TaskPage.SHIFT
                        && page(page.number << TaskPage.SHIFT) == null,
                "a page out of range, or put twice");
        enter(page);
        for (int bits : page.bits) {
            page.rows += bits == 0 ? 0 : 1;
        }
        rows += page.rows;
    }

    private void enter(TaskPage page) {
        long number = page.number >>> LEAF_SHIFT;
        int at = indexOf(number);
        if (at < 0) {
            at = -1 - at;
            insert(at, new Leaf(number));
        }
        leaves[at].pages[(int) page.number & LEAF_MASK] = page;
        leaves[at].count++;
        if (last == null || page.number > last.number) {
            last = page;
        }
    }

    private void insert(int at, Leaf leaf) {
        if (leafCount == leaves.length) {
            leaves = Arrays.copyOf(leaves, 2 * leafCount);
        }
        System.arraycopy(leaves, at, leaves, at + 1, leafCount - at);
        leaves[at] = leaf;
        leafCount++;
    }

    /** Where this leaf is; when it is not there, -1 less where it would be. */
    private int indexOf(long number) {
        int at = leafCount - 1;
        if (at < 0 || number > leaves[at].number) {
            return -1 - leafCount;
        }
        // Where it is when no leaf is missing behind it.
        long guess = at - (leaves[at].number - number);
        if (guess >= 0 && leaves[(int) guess].number == number) {
            return (int) guess;
        }
        return search(number);
    }

    private int search(long number) {
        int low = 0;
        int high = leafCount;
        while (low < high) {
            int middle = low + high >>> 1;
            if (leaves[middle].number < number) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low < leafCount && leaves[low].number == number ? low : -1 - low;
    }
}
