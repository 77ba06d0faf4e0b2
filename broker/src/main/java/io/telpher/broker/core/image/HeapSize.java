package io.telpher.broker.core.image;

import io.telpher.broker.core.queue.TaskTable;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.table.TaskPage;

/**
 * What the state takes of the heap, about: the arrays that lie in it, by their lengths, and round figures for objects of which there are few. A little
 * more rather than less.
 */
public final class HeapSize {
    private static final long FIXED_BYTES = 64 << 10;
    private static final long ROW_BYTES = 3 * Long.BYTES + 4 * Integer.BYTES;
    private static final long WORKED_BYTES = 3 * Long.BYTES + Integer.BYTES + 3 * Short.BYTES;
    private static final long PAGE_OBJECT_BYTES = 256;

    /** A task that came after the pages were looked at, with every column and a share of its page. */
    public static final long NEW_TASK_BYTES = 128;

    /** A task's place in its line: ready, dead or finished. */
    private static final long LINE_BYTES = Long.BYTES + 2;

    /** An entry, and its slots in a table that is half empty at worst. */
    private static final long KEY_BYTES = 5 * Long.BYTES + 5 * Integer.BYTES;

    /** A queue with its empty lanes, why it is paused and its note, and what the shell keeps of it. */
    private static final long QUEUE_BYTES = 4096;

    private static final long KIND_BYTES = 512;
    private static final long LEASE_BYTES = 216;
    private static final long WAITER_BYTES = 408;

    private HeapSize() {}

    /** The task table alone. Looks at every page of it: about a millisecond a million tasks when others use the caches. */
    public static long tableBytes(PartitionState state) {
        long bytes = 0;
        TaskTable tasks = state.tasks;
        for (TaskPage page = tasks.pageFrom(0); page != null; page = tasks.pageFrom(page.number + 1)) {
            bytes += bytes(page);
        }
        return bytes;
    }

    /** @param tableBytes of the task table */
    public static long bytes(PartitionState state, long tableBytes) {
        return FIXED_BYTES
                + tableBytes
                + state.tasks.rows() * LINE_BYTES
                + state.timers.bytes()
                + state.runTimes.bytes()
                + state.expiries.bytes()
                + state.lifetimes.bytes()
                + state.keyWindows.bytes()
                + state.keys().count() * KEY_BYTES
                + state.queues().count() * QUEUE_BYTES
                + state.kinds.slots() * KIND_BYTES
                + state.leases.count() * LEASE_BYTES
                + state.waiters().count() * WAITER_BYTES;
    }

    private static long bytes(TaskPage page) {
        long row = ROW_BYTES
                + (page.worked == null ? 0 : WORKED_BYTES)
                + (page.expiresAtMs == null ? 0 : Long.BYTES + Integer.BYTES)
                + (page.keySlot == null ? 0 : Integer.BYTES);
        return PAGE_OBJECT_BYTES + TaskPage.ROWS * row;
    }
}
