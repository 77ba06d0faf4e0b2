package io.telpher.broker.core.state;

import io.telpher.broker.core.snapshot.BlockKind;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.broker.core.snapshot.SnapshotSink;
import org.jspecify.annotations.Nullable;

/**
 * Copies the state of one moment while it goes on changing. What is small and intertwined (queues, leases, waiting reserves) is copied
 * when the copy begins; lines are frozen, they keep what lay in them; pages of the task table are marked and copied either in their
 * turn or right before their first change. What can be reckoned from these (timers, indexes, counts of kinds) is left out.
 *
 * <p>Belongs to the partition's thread, like the state.
 */
public final class SnapshotCopy implements PartitionState.PageKeeper {
    private final PartitionState state;
    private final BlockWriter linesOut;
    private final BlockWriter kindsOut;
    private final BlockWriter pagesOut;
    private final TableBlocks table;
    private final LineBlocks lines;
    private final @Nullable TaskKind[] kinds;
    private final long endPage;
    private final SnapshotSink sink;
    private int nextKind;
    private long nextPage;
    private boolean done;

    /** Nothing may be due at the state's time: what of it has happened could not be told from the copy. */
    public SnapshotCopy(PartitionState state, SnapshotSink sink) {
        this.state = state;
        this.sink = sink;
        linesOut = new BlockWriter(sink, BlockKind.LINES);
        kindsOut = new BlockWriter(sink, BlockKind.KINDS);
        pagesOut = new BlockWriter(sink, BlockKind.PAGES);
        table = new TableBlocks(state);
        copySmall();
        kinds = state.kinds.all();
        lines = new LineBlocks(state);
        nextPage = state.tasks.firstPage();
        endPage = state.tasks.endPage();
        for (long number = nextPage; number < endPage; number++) {
            TaskPage page = state.tasks.pageNumbered(number);
            if (page != null) {
                page.awaitsCopy = true;
            }
        }
        state.copyPagesTo(this);
    }

    private void copySmall() {
        HolderBlocks holders = new HolderBlocks(state);
        BlockWriter out = new BlockWriter(sink, BlockKind.STATE);
        StateBlock.write(state, out);
        out.flush();
        out = new BlockWriter(sink, BlockKind.QUEUES);
        QueueBlocks.write(state.queues(), out);
        out.flush();
        out = new BlockWriter(sink, BlockKind.LEASES);
        holders.writeLeases(out);
        out.flush();
        out = new BlockWriter(sink, BlockKind.WAITERS);
        holders.writeWaiters(out);
        out.flush();
    }

    /**
     * Copies a little more: {@code pieces} pages of tasks, pieces of lines or kinds of tasks, about 10 us each.
     *
     * @return true when all is copied
     */
    public boolean step(int pieces) {
        for (int i = 0; i < pieces && !done; i++) {
            if (!stepKinds() && !lines.step(linesOut) && !stepPages()) {
                kindsOut.flush();
                linesOut.flush();
                pagesOut.flush();
                state.copyPagesTo(null);
                done = true;
            }
        }
        return done;
    }

    private boolean stepKinds() {
        if (nextKind == kinds.length) {
            return false;
        }
        QueueBlocks.writeKind(kinds[nextKind++], kindsOut);
        return true;
    }

    private boolean stepPages() {
        while (nextPage < endPage) {
            TaskPage page = state.tasks.pageNumbered(nextPage++);
            if (page != null && page.awaitsCopy) {
                keep(page);
                return true;
            }
        }
        return false;
    }

    @Override
    public void keep(TaskPage page) {
        page.awaitsCopy = false;
        table.write(page, pagesOut);
    }

    /** The copy is not wanted any more; what was handed out of it is worthless. */
    public void abandon() {
        if (done) {
            return;
        }
        done = true;
        lines.abandon();
        for (long number = nextPage; number < endPage; number++) {
            TaskPage page = state.tasks.pageNumbered(number);
            if (page != null) {
                page.awaitsCopy = false;
            }
        }
        state.copyPagesTo(null);
    }
}
