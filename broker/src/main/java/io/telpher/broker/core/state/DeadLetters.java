package io.telpher.broker.core.state;

import java.util.function.LongConsumer;

/**
 * A queue's dead tasks in the order they died. An entry is the sequence and the low bits of the task's replay counter: a task that
 * was replayed and died again has a new entry, and the old one is stale.
 */
final class DeadLetters {
    private static final int REPLAY_BITS = 16;
    private static final long REPLAY_MASK = (1L << REPLAY_BITS) - 1;
    private static final int STALE_MIN = 64;

    private final SequenceDeque entries = new SequenceDeque();
    private long live;

    long size() {
        return live;
    }

    SequenceDeque entries() {
        return entries;
    }

    /** After its entries were put back. */
    void restore(long liveEntries) {
        live = liveEntries;
    }

    void add(long sequence, int replays) {
        entries.addLast(sequence << REPLAY_BITS | replays & REPLAY_MASK);
        live++;
    }

    /** One of the tasks inside is not dead any more. */
    void forget(TaskTable tasks) {
        live--;
        if (entries.size() - live > live + STALE_MIN) {
            entries.retain(entry -> isDead(tasks, entry));
        }
    }

    void forEach(TaskTable tasks, LongConsumer each) {
        entries.forEach(entry -> {
            if (isDead(tasks, entry)) {
                each.accept(entry >>> REPLAY_BITS);
            }
        });
    }

    private static boolean isDead(TaskTable tasks, long entry) {
        long sequence = entry >>> REPLAY_BITS;
        TaskPage page = tasks.page(sequence);
        int row = (int) sequence & TaskPage.MASK;
        return page != null
                && RowBits.isDead(page.bits[row])
                && (page.worked().replays[row] & REPLAY_MASK) == (entry & REPLAY_MASK);
    }
}
