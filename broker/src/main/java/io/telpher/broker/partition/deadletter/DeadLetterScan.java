package io.telpher.broker.partition.deadletter;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.Fingerprint;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.partition.payload.TaskReader;
import io.telpher.broker.partition.query.ScanBudget;
import io.telpher.broker.partition.query.TextSearch;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.deadletter.DlqFilter;
import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Looks through dead letters that a filter means, piece by piece, in the order they died. Where it is, is a place in their line ({@link Partition#whileDeadPassAfter}),
 * so a piece begins in the same time however many lie before it, and those that leave meanwhile make no difference. Only a part of an error's text has to be
 * looked for in the journal; what an error looks like, the core knows.
 */
public final class DeadLetterScan {
    private final Partition partition;
    private final TaskReader reader;
    private final DlqFilter filter;
    private final @Nullable TextSearch text;
    private final long fingerprint;
    /** Only these; null = all that the filter means. */
    private final long @Nullable [] ids;

    private int nextId;
    private long place;
    private long lastId;
    private boolean isDone;

    private DeadLetterScan(Partition partition, TaskReader reader, DlqFilter filter, long @Nullable [] ids) {
        this.partition = partition;
        this.reader = reader;
        this.filter = filter;
        this.ids = ids;
        boolean byText = !filter.error().isEmpty() && !filter.errorIsFingerprint();
        this.text = byText ? new TextSearch(filter.error()) : null;
        this.fingerprint = Fingerprint.hash(filter.error());
    }

    /**
     * Of the queue that the filter names, or of all.
     *
     * @param place to begin behind, as {@link #place} told it; 0 = where the task is now, and if it is not dead any more, or 0 too, at the oldest
     */
    public static DeadLetterScan of(Partition partition, TaskReader reader, DlqFilter filter, long place, long taskId) {
        DeadLetterScan scan = new DeadLetterScan(partition, reader, filter, null);
        TaskCursor task = place == 0 && taskId != 0 ? partition.find(taskId) : null;
        scan.place = task != null && task.state() == TaskState.DEAD ? task.death() : place;
        if (filter.diedAfterMs() > 0) {
            scan.place = Math.max(scan.place, partition.deadBefore(filter.queue(), filter.diedAfterMs()));
        }
        return scan;
    }

    /** The dead tasks among these ids. */
    public static DeadLetterScan of(Partition partition, TaskReader reader, long[] ids) {
        long[] each = Arrays.stream(ids).distinct().toArray();
        return new DeadLetterScan(partition, reader, DlqFilter.ANY, each);
    }

    public boolean isDone() {
        return isDone;
    }

    /** The last one that was looked at; 0 before the first. */
    public long lastId() {
        return lastId;
    }

    /** Behind that one. */
    public long place() {
        return place;
    }

    /**
     * Looks at the next ones, one at least.
     *
     * @param budget spent here on looks, and on the texts of errors
     * @param each shown those that match; false = it wants no more for now
     */
    public void step(ScanBudget budget, Predicate<TaskCursor> each) {
        if (ids != null) {
            stepIds(ids, budget, each);
            return;
        }
        isDone = true;
        partition.whileDeadPassAfter(filter.queue(), place, task -> {
            if (isBehind(task)) {
                return false;
            }
            isDone = look(task, budget, each);
            return isDone;
        });
        isDone = isDone || !hasMore();
    }

    /** Whether to go on: no place is kept of the one that is behind the end. */
    private boolean look(TaskCursor task, ScanBudget budget, Predicate<TaskCursor> each) {
        place = task.death();
        lastId = task.taskId();
        TextSearch wanted = text;
        String error = wanted == null ? "" : reader.lastError(task);
        boolean matches = (filter.taskType().isEmpty() || filter.taskType().equals(task.type()))
                && (wanted == null || wanted.isIn(error))
                && (!filter.errorIsFingerprint() || filter.error().isEmpty() || task.errorFingerprint() == fingerprint);
        boolean goesOn = !matches || each.test(task);
        return budget.spend(error.length()) && goesOn;
    }

    private boolean isBehind(TaskCursor task) {
        return filter.diedBeforeMs() != 0 && task.finishedAtMs() >= filter.diedBeforeMs();
    }

    private boolean hasMore() {
        boolean[] more = {false};
        partition.whileDeadPassAfter(filter.queue(), place, task -> {
            more[0] = !isBehind(task);
            return false;
        });
        return more[0];
    }

    private void stepIds(long[] wanted, ScanBudget budget, Predicate<TaskCursor> each) {
        boolean goesOn = true;
        while (goesOn && nextId < wanted.length) {
            TaskCursor task = partition.find(wanted[nextId++]);
            boolean isDead = task != null && task.state() == TaskState.DEAD;
            goesOn = !isDead || each.test(task);
            goesOn &= budget.spend(0);
        }
        isDone = nextId == wanted.length;
    }
}
