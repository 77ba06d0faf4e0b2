package io.telpher.broker.core.queue;

import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.table.RowBits;
import io.telpher.broker.core.table.SequenceDeque;
import io.telpher.broker.core.table.TaskPage;
import java.util.function.LongConsumer;
import org.agrona.collections.LongHashSet;

/**
 * One lane of ready tasks, first in, first out. A task that ceases to be ready without being taken (cancelled, expired) stays inside as a stale entry, since
 * taking it out of the middle would walk the lane. An entry is live exactly when its task is READY in the {@link TaskTable}: that is sound because a stale task is
 * final and never becomes ready again. A task that is moved to another place (RESCHEDULE) could, so it is taken out at once, by a walk.
 *
 * <p>Stale entries are dropped when they come first, and all of them at once when they outnumber the live ones by {@link #STALE_MIN}. So a lane is never longer than
 * twice its live entries and that, and removing costs constant time a task on the average.
 */
public final class ReadyRing {
    private static final int STALE_MIN = 64;

    private final SequenceDeque entries = new SequenceDeque();
    private long live;

    public long size() {
        return live;
    }

    void addLast(long sequence) {
        entries.addLast(sequence);
        live++;
    }

    void addFirst(long sequence) {
        entries.addFirst(sequence);
        live++;
    }

    /** Takes {@link #first} out. */
    long removeFirst(TaskTable tasks) {
        Invariant.check(live > 0, "a ready task was asked of an empty lane");
        dropStale(tasks);
        live--;
        long sequence = entries.removeFirst();
        dropStale(tasks);
        return sequence;
    }

    /** The first task that is still ready; there must be one. Changes nothing: questions, too, may ask, and only records change a state. */
    public long first(TaskTable tasks) {
        Invariant.check(live > 0, "a ready task was asked of an empty lane");
        long first = entries.first();
        return isReady(tasks, first) ? first : firstBehind(tasks);
    }

    /** Only where what became stale in front has not been dropped yet. */
    private long firstBehind(TaskTable tasks) {
        long[] found = new long[1];
        entries.whilePasses(sequence -> {
            found[0] = sequence;
            return !isReady(tasks, sequence);
        });
        return found[0];
    }

    /** Those in front, so that {@link #first} needs no walk. */
    private void dropStale(TaskTable tasks) {
        while (!entries.isEmpty() && !isReady(tasks, entries.first())) {
            entries.removeFirst();
        }
    }

    /** One of the tasks inside is not ready any more. */
    void forget(TaskTable tasks) {
        live--;
        if (entries.size() - live > live + STALE_MIN) {
            entries.retain(sequence -> isReady(tasks, sequence));
        }
        dropStale(tasks);
    }

    /** Takes those of these that are in here out at once, and what is stale; notes the former in {@code left} and returns how many. Walks the lane. */
    long remove(TaskTable tasks, LongHashSet leaving, LongHashSet left) {
        long before = live;
        entries.retain(sequence -> {
            boolean leaves = leaving.contains(sequence);
            if (leaves) {
                left.add(sequence);
                live--;
            }
            return !leaves && isReady(tasks, sequence);
        });
        return before - live;
    }

    /** From 1: where this task, which is in here, stands; -1 when it is behind {@code looksMax} entries. */
    public long position(TaskTable tasks, long sequence, int looksMax) {
        long[] seen = new long[2];
        entries.whilePasses(each -> {
            seen[0]++;
            seen[1] += isReady(tasks, each) ? 1 : 0;
            return each != sequence && seen[0] < looksMax;
        });
        return seen[0] < looksMax || entries.size() == looksMax ? seen[1] : -1;
    }

    public SequenceDeque entries() {
        return entries;
    }

    /** After its entries were put back. */
    void restore(long liveEntries) {
        live = liveEntries;
    }

    /** For audits and hashes. */
    public void forEachLive(TaskTable tasks, LongConsumer each) {
        entries.forEach(sequence -> {
            if (isReady(tasks, sequence)) {
                each.accept(sequence);
            }
        });
    }

    private static boolean isReady(TaskTable tasks, long sequence) {
        TaskPage page = tasks.page(sequence);
        return page != null && RowBits.isReady(page.bits[(int) sequence & TaskPage.MASK]);
    }
}
