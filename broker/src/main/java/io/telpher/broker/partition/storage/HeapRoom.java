package io.telpher.broker.partition.storage;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.image.HeapSize;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.journal.Store;
import io.telpher.broker.memory.HeapBudget;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.SetRetainedBytes;
import java.util.function.LongSupplier;

/**
 * One partition's part of the heap's budget. While that is full, finished tasks go before their retention is over, half of them each time, the oldest first:
 * otherwise a full broker could not be drained, since a task that is done takes more than one that waits. How much they may take is a journaled command,
 * as all that changes outcomes. Belongs to the partition's thread, but for what says otherwise.
 */
public final class HeapRoom {
    /** The pages of the task table are looked at anew after a while. */
    private static final long LOOK_MS = 250;

    /** The rest is reckoned after so many bytes appended, at least; each task more then counts as the largest one. */
    private static final long LOOK_BYTES = 1L << 20;

    /** With more room, after a part of it: no record takes more of the heap than so many times its bytes (one that makes a queue). */
    private static final long HEAP_BYTES_PER_JOURNAL_BYTE = 64;

    /** Between two cuts: purging takes whole seconds. */
    private static final long CUT_MS = 2_000;

    private final Partition partition;
    private final Store store;
    private final LongSupplier clock;
    private final FrameWriter out = new FrameWriter();
    private final HeapBudget budget;
    private volatile long configuredBytes = -1;
    private long lookNextAtBytes;
    private long lookNextAtMs;
    private long cutNextAtMs;
    private long tasksMeasured;
    private long measuredBytes;
    private boolean isCut;

    /** @param budget shared with the other partitions */
    public HeapRoom(Partition partition, Store store, LongSupplier clock, HeapBudget budget) {
        this.partition = partition;
        this.store = store;
        this.clock = clock;
        this.budget = budget;
    }

    /** What finished tasks may take while there is room; 0 = any. Any thread. */
    public void retainedBytesMax(long bytes) {
        configuredBytes = bytes;
    }

    /** New tasks are refused. */
    public boolean isFull() {
        return budget.isFull();
    }

    /** Follow-up tasks, too. */
    public boolean isCritical() {
        return budget.isCritical();
    }

    /** For each duty cycle. */
    public void step(Batch batch) {
        long now = clock.getAsLong();
        if (now >= lookNextAtMs || store.appendedBytes() >= lookNextAtBytes) {
            budget.takes(partition.placement().partition(), partition.heapBytes(tableBytes(now)));
            lookNextAtBytes =
                    store.appendedBytes() + Math.max(LOOK_BYTES, budget.leftBytes() / HEAP_BYTES_PER_JOURNAL_BYTE);
        }
        long configured = configuredBytes;
        if (configured < 0 || now < cutNextAtMs || !isCut && !budget.isFull()) {
            return;
        }
        if (budget.isFull() && partition.retainedBytes() > 0) {
            cutNextAtMs = now + CUT_MS;
            isCut = true;
            retain(batch, Math.max(1, partition.retainedBytes() / 2));
        } else if (!budget.isFull()) {
            isCut = false;
            retain(batch, configured);
        }
    }

    /** Exact after a while, and when tasks more could be half of what is left: that new ones are refused is never for what was only reckoned. */
    private long tableBytes(long now) {
        if (now >= lookNextAtMs || grownBytes() > budget.leftBytes() / 2) {
            lookNextAtMs = now + LOOK_MS;
            measuredBytes = partition.tableHeapBytes();
            tasksMeasured = partition.tasks();
        }
        return measuredBytes + grownBytes();
    }

    private long grownBytes() {
        return Math.max(0, partition.tasks() - tasksMeasured) * HeapSize.NEW_TASK_BYTES;
    }

    private void retain(Batch batch, long bytes) {
        batch.add(
                clock.getAsLong(),
                0,
                SetRetainedBytes.write(out.clear(), 0, bytes).written(),
                false);
    }
}
