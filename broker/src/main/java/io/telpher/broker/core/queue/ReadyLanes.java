package io.telpher.broker.core.queue;

import io.telpher.broker.core.table.Invariant;
import io.telpher.protocol.Priority;
import io.telpher.protocol.queue.QueuePolicyFields;
import org.agrona.collections.LongHashSet;
import org.jspecify.annotations.Nullable;

/**
 * A queue's ready tasks: for each priority the returns (tried before) ahead of the new ones. Priority is strict; with a minimum
 * share, a lower priority that has tasks earns its percent of credit at every delivery and is served out of turn at 100.
 */
public final class ReadyLanes {
    private static final int CREDIT_FULL = 100;

    /** In the place of those that never had a task in them. */
    private static final ReadyRing NONE = new ReadyRing();

    private final @Nullable ReadyRing[] returns = new @Nullable ReadyRing[Priority.COUNT];
    private final @Nullable ReadyRing[] fresh = new @Nullable ReadyRing[Priority.COUNT];
    private final int[] credits = new int[Priority.COUNT];
    private long size;

    public long size() {
        return size;
    }

    public long size(int priority) {
        return seen(priority, true).size() + seen(priority, false).size();
    }

    /** To put something in. */
    public ReadyRing ring(int priority, boolean returned) {
        @Nullable ReadyRing[] rings = returned ? returns : fresh;
        ReadyRing ring = rings[priority];
        if (ring == null) {
            ring = new ReadyRing();
            rings[priority] = ring;
        }
        return ring;
    }

    /** To look at. */
    public ReadyRing seen(int priority, boolean returned) {
        ReadyRing ring = returned ? returns[priority] : fresh[priority];
        return ring == null ? NONE : ring;
    }

    public int credit(int priority) {
        return credits[priority];
    }

    /** After the entries of all lanes were put back. */
    void restore(int[] creditsBefore) {
        size = 0;
        for (int i = 0; i < Priority.COUNT; i++) {
            credits[i] = creditsBefore[i];
            size += size(i);
        }
    }

    public void addLast(long sequence, int priority, boolean returned) {
        ring(priority, returned).addLast(sequence);
        size++;
    }

    public void addFirst(long sequence, int priority, boolean returned) {
        ring(priority, returned).addFirst(sequence);
        size++;
    }

    public void forget(TaskTable tasks, int priority, boolean returned) {
        ring(priority, returned).forget(tasks);
        size--;
    }

    /** Takes those of these that are in this lane out of it, and notes them. Walks the lane. */
    public void remove(TaskTable tasks, int priority, boolean returned, LongHashSet leaving, LongHashSet left) {
        size -= ring(priority, returned).remove(tasks, leaving, left);
    }

    /** The task whose turn it is, not taken yet; there must be one. */
    public long next(TaskTable tasks, QueuePolicyFields policy) {
        return nextRing(nextPriority(policy)).first(tasks);
    }

    /** Takes what {@link #next} said. */
    public long take(TaskTable tasks, QueuePolicyFields policy) {
        int priority = nextPriority(policy);
        settle(policy, priority);
        size--;
        return nextRing(priority).removeFirst(tasks);
    }

    private ReadyRing nextRing(int priority) {
        return seen(priority, seen(priority, true).size() > 0);
    }

    private int nextPriority(QueuePolicyFields policy) {
        int owed = owed(policy);
        if (owed >= 0) {
            return owed;
        }
        int priority = 0;
        while (size(priority) == 0) {
            priority++;
            Invariant.check(priority < Priority.COUNT, "a ready task was asked of a queue that has none");
        }
        return priority;
    }

    /** The priority that has earned a delivery out of turn: the one with more credit, normal before low; -1 = none. */
    private int owed(QueuePolicyFields policy) {
        int owed = -1;
        for (int i = Priority.NORMAL.ordinal(); i < Priority.COUNT; i++) {
            int credit = credits[i] + share(policy, i);
            boolean due = share(policy, i) > 0 && size(i) > 0 && credit >= CREDIT_FULL;
            if (due && (owed < 0 || credit > credits[owed] + share(policy, owed))) {
                owed = i;
            }
        }
        return owed;
    }

    private void settle(QueuePolicyFields policy, int served) {
        for (int i = Priority.NORMAL.ordinal(); i < Priority.COUNT; i++) {
            int share = share(policy, i);
            if (share == 0 || size(i) == 0) {
                credits[i] = 0;
            } else if (i == served) {
                credits[i] = Math.max(0, credits[i] + share - CREDIT_FULL);
            } else {
                credits[i] = Math.min(CREDIT_FULL, credits[i] + share);
            }
        }
    }

    private static int share(QueuePolicyFields policy, int priority) {
        return switch (priority) {
            case 1 -> policy.minimumShareNormal();
            case 2 -> policy.minimumShareLow();
            default -> 0;
        };
    }
}
