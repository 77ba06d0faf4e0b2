package io.telpher.broker.core.image;

import io.telpher.broker.core.queue.TaskTable;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.table.TaskPage;

/** Upper bound of a snapshot's size, so that its room on the disk can be checked before it is written. */
public final class SnapshotSize {
    /** Blocks' headers and what is always there. */
    private static final long FIXED_BYTES = 64 << 10;

    /** A ready, dead or finished task's place in its line, stale places reckoned in; and its share of headers. */
    private static final long LINE_BYTES = 2 * Long.BYTES;

    private static final long NAMED_BYTES = 1024;

    /** A task that came after the pages were looked at: its columns, its key, its place and a share of its page's head. */
    public static final long NEW_TASK_BYTES = 192;

    private SnapshotSize() {}

    /** Looks at every page of the task table: about 10 us a million tasks. */
    public static long bytesMax(PartitionState state) {
        long bytes = FIXED_BYTES;
        TaskTable tasks = state.tasks;
        for (TaskPage page = tasks.pageFrom(0); page != null; page = tasks.pageFrom(page.number + 1)) {
            bytes += TableBlocks.bytesMax(page);
        }
        long named = (long) state.queues().count()
                + state.kinds.slots()
                + state.leases.count()
                + state.waiters().count();
        return bytes + tasks.rows() * LINE_BYTES + named * NAMED_BYTES;
    }
}
