package io.telpher.broker.partition;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.Fingerprint;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.DlqFilter;
import io.telpher.protocol.TaskState;
import java.util.function.Predicate;
import org.agrona.collections.LongArrayList;

/** Looks through dead letters that a filter means, piece by piece: the texts of their errors are read from the journal. Those that die or leave meanwhile don't matter. */
final class DeadLetterScan {
    private final Partition partition;
    private final TaskReader reader;
    private final DlqFilter filter;
    private final String error;
    private final LongArrayList ids;
    private int next;

    private DeadLetterScan(Partition partition, TaskReader reader, DlqFilter filter, LongArrayList ids) {
        this.partition = partition;
        this.reader = reader;
        this.filter = filter;
        this.error = filter.errorIsFingerprint() ? Fingerprint.of(filter.error()) : filter.error();
        this.ids = ids;
    }

    /**
     * Of the queue that the filter names, or of all, one queue after the other.
     *
     * @param afterTaskId begin behind it; 0, or one that is not dead any more = from the oldest
     */
    static DeadLetterScan of(Partition partition, TaskReader reader, DlqFilter filter, long afterTaskId) {
        LongArrayList ids = new LongArrayList();
        if (filter.queue().isEmpty()) {
            for (int i = 0; i < partition.queueCount(); i++) {
                partition.deadTaskIds(partition.queue(i).name(), ids::addLong);
            }
        } else {
            partition.deadTaskIds(filter.queue(), ids::addLong);
        }
        DeadLetterScan scan = new DeadLetterScan(partition, reader, filter, ids);
        scan.next = afterTaskId == 0 ? 0 : ids.indexOf(afterTaskId) + 1;
        return scan;
    }

    /** Those of these ids that are dead. */
    static DeadLetterScan of(Partition partition, TaskReader reader, long[] ids) {
        LongArrayList list = new LongArrayList();
        for (long id : ids) {
            if (!list.containsLong(id)) {
                list.addLong(id);
            }
        }
        return new DeadLetterScan(partition, reader, DlqFilter.ANY, list);
    }

    boolean isDone() {
        return next == ids.size();
    }

    /** The last one that was looked at; there must have been one. */
    long lastId() {
        return ids.getLong(next - 1);
    }

    /**
     * Looks at the next ones, at most so many.
     *
     * @param each shown those that match; false = it wants no more
     * @return how many were looked at
     */
    int step(int looksMax, Predicate<TaskCursor> each) {
        int looked = 0;
        boolean goesOn = true;
        while (goesOn && looked < looksMax && !isDone()) {
            TaskCursor task = partition.find(ids.getLong(next++));
            looked++;
            goesOn = task == null || !matches(task) || each.test(task);
        }
        return looked;
    }

    private boolean matches(TaskCursor task) {
        long diedMs = task.finishedAtMs();
        return task.state() == TaskState.DEAD
                && (filter.taskType().isEmpty() || filter.taskType().equals(task.type()))
                && diedMs >= filter.diedAfterMs()
                && (filter.diedBeforeMs() == 0 || diedMs < filter.diedBeforeMs())
                && (filter.error().isEmpty() || matchesError(reader.lastError(task)));
    }

    private boolean matchesError(String lastError) {
        return filter.errorIsFingerprint() ? Fingerprint.of(lastError).equals(error) : lastError.contains(error);
    }
}
