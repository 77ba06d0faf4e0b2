package io.telpher.broker.core.queue;

import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.table.TaskPage;
import org.jspecify.annotations.Nullable;

/**
 * Gives a snapshot the state of one moment while commands go on: copy on write, at the level of pages, queues and leases. The snapshot copies what is there piece by
 * piece, in each duty cycle; a piece that a command is about to change is copied first, by {@link Keeper}.
 *
 * <p>Copies are numbered, and a page or queue bears the number of the copy that was under way when it last changed. Invariant: one that bears the current number
 * was copied already or is younger than the snapshot, so it may change freely; any other one is unchanged since the snapshot began. So beginning a snapshot only
 * counts up, whatever the size of the state. Leases have no number: the keeper knows which slots it has copied.
 */
public final class CopyOnChange {
    private int number;
    private @Nullable Keeper keeper;

    /** Copies what is about to change. */
    public interface Keeper {
        void keep(TaskPage page);

        void keep(TaskQueue queue);

        void keepLease(int slot);
    }

    /** Of the copy that was begun last; 0 before the first. */
    public int number() {
        return number;
    }

    /** From here on everything is kept as it is now. */
    public void begin(Keeper by) {
        Invariant.check(keeper == null, "two snapshots at a time");
        number++;
        keeper = by;
    }

    public void end() {
        keeper = null;
    }

    /** Before the first change of a page that has another number. */
    public void beforeChange(TaskPage page) {
        page.copied = number;
        if (keeper != null) {
            keeper.keep(page);
        }
    }

    public void beforeChange(TaskQueue queue) {
        queue.copied = number;
        if (keeper != null) {
            keeper.keep(queue);
        }
    }

    /** Before any change of this lease. */
    public void beforeChange(Lease lease) {
        if (keeper != null) {
            keeper.keepLease(lease.slot);
        }
    }
}
