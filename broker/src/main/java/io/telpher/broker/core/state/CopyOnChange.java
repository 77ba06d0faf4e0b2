package io.telpher.broker.core.state;

import org.jspecify.annotations.Nullable;

/**
 * How a snapshot gets the state of one moment while commands go on: whatever is about to change for the first time since it was begun is copied
 * before. Copies are numbered; what bears the number of the last one was copied already, or came later. So a copy begins without a look at what is
 * there.
 */
final class CopyOnChange {
    private int number;
    private @Nullable Keeper keeper;

    /** Copies what is about to change. */
    interface Keeper {
        void keep(TaskPage page);

        void keep(TaskQueue queue);

        void keepLease(int slot);
    }

    /** Of the copy that was begun last; 0 before the first. */
    int number() {
        return number;
    }

    /** From here on everything is kept as it is now. */
    void begin(Keeper by) {
        Invariant.check(keeper == null, "two snapshots at a time");
        number++;
        keeper = by;
    }

    void end() {
        keeper = null;
    }

    /** Before the first change of a page that has another number. */
    void beforeChange(TaskPage page) {
        page.copied = number;
        if (keeper != null) {
            keeper.keep(page);
        }
    }

    void beforeChange(TaskQueue queue) {
        queue.copied = number;
        if (keeper != null) {
            keeper.keep(queue);
        }
    }

    /** Before any change of this lease. */
    void beforeChange(Lease lease) {
        if (keeper != null) {
            keeper.keepLease(lease.slot);
        }
    }
}
