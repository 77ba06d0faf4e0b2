package io.telpher.broker.memory;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the partitions' tasks may take of the heap. Each partition says how much it takes, which is reckoned; a full collection of garbage that leaves the
 * heap nearly full says the same of what was not reckoned. At the budget new tasks are refused until a tenth of it is free again; above it lies room
 * for what ends tasks. Thread-safe; asking is one read of a volatile field.
 */
public final class HeapBudget {
    /** For what grows the state beside the work of ending tasks, such as follow-up tasks: the last that is refused. */
    private enum Level {
        ROOMY,
        FULL,
        CRITICAL
    }

    private static final Logger LOG = LoggerFactory.getLogger(HeapBudget.class);

    /** For all that is no task: classes, connections, figures, the page. */
    private static final long OTHERS_BYTES = 16 << 20;

    private static final double BUDGET_SHARE = 0.8;
    private static final double CRITICAL_SHARE = 0.9;

    /** A small heap has a budget, too, if only to say that it is full. */
    private static final int SMALLEST_SHARE = 8;

    private static final double FREE_AGAIN = 0.9;

    /** Of what may live long, after a full collection: what was not reckoned is too much. */
    private static final double COLLECTED_FULL = 0.92;

    private static final double COLLECTED_ROOMY = 0.85;
    private static final long COLLECT_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long BYTES_A_MIB = 1 << 20;
    private static final int ALONE_MAX = 256;

    private final long budgetBytes;
    private final long criticalBytes;
    private final AtomicLongArray taken;
    private final @Nullable LongLived heap;
    private volatile Level level = Level.ROOMY;
    private boolean collectedFull;
    private long collectAtNanos;

    /**
     * @param oldBytes how large what lives long may become
     * @param partitions that share it
     * @param heap null: none that has collections
     */
    HeapBudget(long oldBytes, int partitions, @Nullable LongLived heap) {
        this.budgetBytes = Math.max((long) (oldBytes * BUDGET_SHARE) - OTHERS_BYTES, oldBytes / SMALLEST_SHARE);
        this.criticalBytes = Math.max(budgetBytes, (long) (oldBytes * CRITICAL_SHARE) - OTHERS_BYTES);
        this.taken = new AtomicLongArray(partitions);
        this.heap = heap;
    }

    /** Of this process. */
    public static HeapBudget ofHeap(int partitions) {
        LongLived heap = LongLived.ofHeap();
        return new HeapBudget(heap.plannedBytes(), partitions, heap);
    }

    /** For a partition without a broker: never full. */
    public static HeapBudget unlimited() {
        return new HeapBudget(Long.MAX_VALUE / 2, ALONE_MAX, null);
    }

    // ---- partitions

    /** Reports the bytes that this partition takes now. */
    public void takes(int partition, long bytes) {
        taken.set(partition, bytes);
        reckon();
    }

    /** New tasks are refused. */
    public boolean isFull() {
        return level != Level.ROOMY;
    }

    /** What ends tasks may not make new ones either. */
    public boolean isCritical() {
        return level == Level.CRITICAL;
    }

    // ---- figures

    public long budgetBytes() {
        return budgetBytes;
    }

    /** Until new tasks are refused; never below 0. */
    public long leftBytes() {
        return Math.max(0, budgetBytes - takenBytes());
    }

    public long takenBytes() {
        long sum = 0;
        for (int i = 0; i < taken.length(); i++) {
            sum += taken.get(i);
        }
        return sum;
    }

    /** In one clause. */
    public String text() {
        return "tasks take " + takenBytes() / BYTES_A_MIB + " of the " + budgetBytes / BYTES_A_MIB
                + " MiB of heap they may take";
    }

    /** Looks at what the last full collection left, a few times a second. One thread. */
    public void review() {
        LongLived.Left left = heap == null ? null : heap.lastLeft();
        if (left == null) {
            return;
        }
        boolean wasFull = collectedFull;
        setCollected(left.isAtLeast(wasFull ? COLLECTED_ROOMY : COLLECTED_FULL));
        long now = System.nanoTime();
        if (!wasFull) {
            collectAtNanos = now + COLLECT_NANOS;
        } else if (now - collectAtNanos >= 0) {
            // Refusing makes little garbage, so no collection may come by itself that would see what is free again.
            collectAtNanos = now + COLLECT_NANOS;
            System.gc();
        }
    }

    synchronized void setCollected(boolean isFull) {
        collectedFull = isFull;
        reckon();
    }

    private synchronized void reckon() {
        long bytes = takenBytes();
        boolean stays = level != Level.ROOMY && bytes >= (long) (budgetBytes * FREE_AGAIN);
        Level next = bytes >= criticalBytes
                ? Level.CRITICAL
                : bytes >= budgetBytes || stays || collectedFull ? Level.FULL : Level.ROOMY;
        if ((next == Level.ROOMY) != (level == Level.ROOMY)) {
            tell(next);
        }
        level = next;
    }

    private void tell(Level next) {
        if (next == Level.ROOMY) {
            LOG.info("new tasks are taken again: {}", text());
        } else {
            LOG.warn(
                    "TQ-3053 the heap is full: new tasks are refused, finished ones go before their retention is over; {}{}",
                    text(),
                    collectedFull ? ", and all else takes the rest" : "");
        }
    }
}
