package io.telpher.broker.core.image;

import io.telpher.broker.core.queue.CopyOnChange;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.queue.Waiter;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.table.TaskPage;
import java.util.List;

/**
 * The {@link StateHash} of one moment, reckoned while the state goes on changing, as a {@link SnapshotCopy} copies it: pieces are added in their turn, or right before their first
 * change. Nothing is copied, and nothing kept but a sum.
 *
 * <p>Belongs to the partition's thread, like the state. Not while a snapshot is copied.
 */
public final class StateHashCopy implements CopyOnChange.Keeper {
    private static final int QUEUES_A_PIECE = 8;
    private static final int WAITERS_A_PIECE = 64;
    /** Most may have been added before they changed. */
    private static final int PAGES_LOOKED_AT = 64;

    private final PartitionState state;
    private final StateHash hash;
    private final QueueBlocks queues;
    private final List<Waiter> waiters;
    private final LineBlocks lines;
    private final LeaseBlocks leases;
    private final long endPage;
    private int nextWaiter;
    private long nextPage;
    private boolean done;

    /** Of the state as it is now. */
    public StateHashCopy(PartitionState state) {
        this.state = state;
        this.hash = new StateHash(state);
        this.queues = new QueueBlocks(state.queues());
        this.waiters = state.waiters().byDeadline.all();
        this.lines = new LineBlocks(state);
        this.leases = new LeaseBlocks(state, hash::add);
        this.endPage = (state.tasks.nextSequence() >>> TaskPage.SHIFT) + 1;
        state.copying.begin(this);
    }

    /**
     * Goes on: {@code pieces} pages of tasks (1,024 of them), pieces of lines, some leases, queues or waiting reserves.
     *
     * @return true when {@link #value} is there
     */
    public boolean step(int pieces) {
        for (int i = 0; i < pieces && !done; i++) {
            boolean more = stepQueues() || stepWaiters() || lines.stepHash() || leases.step() || stepPages();
            if (!more) {
                hash.addLines(lines.hash());
                state.copying.end();
                done = true;
            }
        }
        return done;
    }

    public long value() {
        Invariant.check(done, "a hash of half a state");
        return hash.value();
    }

    /** See {@link StateHash#things}. */
    public long things() {
        return hash.things();
    }

    /** It is not wanted any more. */
    public void abandon() {
        if (!done) {
            done = true;
            lines.abandon();
            state.copying.end();
        }
    }

    private boolean stepQueues() {
        for (int i = 0; i < QUEUES_A_PIECE; i++) {
            TaskQueue queue = queues.next(state.copying);
            if (queue == null) {
                return i > 0;
            }
            queue.edit();
        }
        return true;
    }

    private boolean stepWaiters() {
        int end = Math.min(waiters.size(), nextWaiter + WAITERS_A_PIECE);
        boolean more = nextWaiter < end;
        while (nextWaiter < end) {
            hash.add(waiters.get(nextWaiter++));
        }
        return more;
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

    @Override
    public void keep(TaskPage page) {
        hash.add(page);
    }

    @Override
    public void keep(TaskQueue queue) {
        hash.add(queue);
        lines.freeze(queue);
    }

    @Override
    public void keepLease(int slot) {
        leases.keep(slot);
    }
}
