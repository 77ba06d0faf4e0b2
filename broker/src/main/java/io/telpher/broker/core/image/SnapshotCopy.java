package io.telpher.broker.core.image;

import io.telpher.broker.core.queue.CopyOnChange;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.snapshot.BlockKind;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.broker.core.snapshot.SnapshotSink;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.table.TaskPage;

/**
 * Copies the state of one moment while it goes on changing, see {@link CopyOnChange}: pages of the task table, queues with their lines, and leases
 * either in their turn or right before their first change. What never changes once it is there (kinds, waiting reserves) is only noted when the copy
 * begins. What can be reckoned from these (timers, indexes, counts of kinds) is left out.
 *
 * <p>Belongs to the partition's thread, like the state.
 */
public final class SnapshotCopy implements CopyOnChange.Keeper {
    private static final int QUEUES_A_PIECE = 8;
    private static final int SMALL_A_PIECE = 64;
    /** Most may have been copied before they changed. */
    private static final int PAGES_LOOKED_AT = 64;

    private final PartitionState state;
    private final BlockWriter queuesOut;
    private final BlockWriter kindsOut;
    private final BlockWriter waitersOut;
    private final BlockWriter linesOut;
    private final BlockWriter leasesOut;
    private final BlockWriter pagesOut;
    private final QueueBlocks queues;
    private final KindBlocks kinds;
    private final WaiterBlocks waiters;
    private final LineBlocks lines;
    private final LeaseBlocks leases;
    private final TableBlocks table;
    private final long endPage;
    private long nextPage;
    private boolean done;

    /** Nothing may be due at the state's time: what of it has happened could not be told from the copy. */
    public SnapshotCopy(PartitionState state, SnapshotSink sink) {
        this.state = state;
        BlockWriter out = new BlockWriter(sink, BlockKind.STATE);
        StateBlock.write(state, out);
        out.flush();
        HandOverBlock.write(state.handOvers(), new BlockWriter(sink, BlockKind.HAND_OVERS));
        queuesOut = new BlockWriter(sink, BlockKind.QUEUES);
        kindsOut = new BlockWriter(sink, BlockKind.KINDS);
        waitersOut = new BlockWriter(sink, BlockKind.WAITERS);
        linesOut = new BlockWriter(sink, BlockKind.LINES);
        leasesOut = new BlockWriter(sink, BlockKind.LEASES);
        pagesOut = new BlockWriter(sink, BlockKind.PAGES);
        queues = new QueueBlocks(state.queues());
        kinds = new KindBlocks(state);
        waiters = new WaiterBlocks(state);
        lines = new LineBlocks(state);
        leases = new LeaseBlocks(state, lease -> LeaseBlocks.write(lease, leasesOut));
        table = new TableBlocks(state);
        endPage = (state.tasks.nextSequence() >>> TaskPage.SHIFT) + 1;
        state.copying.begin(this);
    }

    /**
     * Copies a little more: {@code pieces} pages of tasks, pieces of lines, some leases, queues or kinds of tasks, about 10 us each.
     *
     * @return true when all is copied
     */
    public boolean step(int pieces) {
        for (int i = 0; i < pieces && !done; i++) {
            boolean more = stepQueues()
                    || kinds.step(SMALL_A_PIECE, kindsOut)
                    || waiters.step(SMALL_A_PIECE, waitersOut)
                    || lines.step(linesOut)
                    || leases.step()
                    || stepPages();
            if (!more) {
                finish();
            }
        }
        return done;
    }

    /** First, and flushed before anything else that has numbers of queues in it is handed over. */
    private boolean stepQueues() {
        for (int i = 0; i < QUEUES_A_PIECE; i++) {
            TaskQueue queue = queues.next(state.copying);
            if (queue == null) {
                queuesOut.flush();
                return i > 0;
            }
            queue.edit();
        }
        return true;
    }

    private boolean stepPages() {
        for (int looked = 0; looked < PAGES_LOOKED_AT; looked++) {
            TaskPage page = state.tasks.pageFrom(nextPage);
            if (page == null || page.number >= endPage) {
                return false;
            }
            nextPage = page.number + 1;
            if (page.copied != state.copying.number()) {
                state.copying.beforeChange(page);
                return true;
            }
        }
        return true;
    }

    private void finish() {
        kindsOut.flush();
        waitersOut.flush();
        linesOut.flush();
        leasesOut.flush();
        pagesOut.flush();
        state.copying.end();
        done = true;
    }

    @Override
    public void keep(TaskPage page) {
        table.write(page, pagesOut);
    }

    @Override
    public void keep(TaskQueue queue) {
        QueueBlocks.write(queue, queuesOut);
        lines.freeze(queue);
    }

    @Override
    public void keepLease(int slot) {
        leases.keep(slot);
    }

    /** The copy is not wanted any more; what was handed out of it is worthless. */
    public void abandon() {
        if (!done) {
            done = true;
            lines.abandon();
            state.copying.end();
        }
    }
}
