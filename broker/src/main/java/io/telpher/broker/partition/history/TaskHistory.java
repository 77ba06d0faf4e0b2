package io.telpher.broker.partition.history;

import io.telpher.broker.core.state.LastOutcome;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.protocol.TaskState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The last changes of state of all tasks, as many as fit into a few megabytes. Older ones, and those before the start, are in the journal only: {@link HistoryReplay}. */
public final class TaskHistory implements TransitionListener {
    /** A power of two. */
    private static final int STEPS = 1 << 17;

    private static final int PAGE_SHIFT = 10;
    private static final int PAGE_STEPS = 1 << PAGE_SHIFT;

    private final @Nullable Page[] pages = new Page[STEPS >> PAGE_SHIFT];
    private long next;
    private final long startedAtMs;
    private final LongSupplier recordTime;

    /**
     * @param startedAtMs nothing before it is remembered, ms since 1970
     * @param recordTime of the record that is being applied, ms since 1970
     */
    public TaskHistory(long startedAtMs, LongSupplier recordTime) {
        this.startedAtMs = startedAtMs;
        this.recordTime = recordTime;
    }

    /** Allocated with the first change in it: many partitions never fill the history. */
    private static final class Page {
        private final long[] taskIds = new long[PAGE_STEPS];
        private final long[] atMs = new long[PAGE_STEPS];
        private final long[] leaseIds = new long[PAGE_STEPS];
        private final long[] errorLocations = new long[PAGE_STEPS];
        private final int[] attempts = new int[PAGE_STEPS];
        private final byte[] from = new byte[PAGE_STEPS];
        private final byte[] to = new byte[PAGE_STEPS];
        private final byte[] outcomes = new byte[PAGE_STEPS];
        private final short[] crashes = new short[PAGE_STEPS];
        private final String[] workers = new String[PAGE_STEPS];

        void put(int at, long nowMs, TaskCursor task, TaskState before) {
            taskIds[at] = task.taskId();
            atMs[at] = nowMs;
            leaseIds[at] = task.leaseId();
            attempts[at] = task.attempts();
            from[at] = (byte) before.ordinal();
            to[at] = (byte) task.state().ordinal();
            boolean failed = task.lastOutcome().hasErrorFrame();
            errorLocations[at] = failed ? task.outcomeLocation() : TaskCursor.NO_FRAME;
            outcomes[at] = (byte) task.lastOutcome().ordinal();
            crashes[at] = (short) task.crashes();
            workers[at] = task.worker();
        }

        TaskStep step(int at) {
            return new TaskStep(
                    atMs[at],
                    leaseIds[at],
                    attempts[at],
                    TaskState.of(from[at]),
                    TaskState.of(to[at]),
                    LastOutcome.values()[outcomes[at]],
                    crashes[at],
                    workers[at],
                    errorLocations[at],
                    null);
        }
    }

    @Override
    public void moved(TaskCursor task, TaskState before) {
        int number = pageOf(next);
        Page page = pages[number];
        if (page == null) {
            page = new Page();
            pages[number] = page;
        }
        page.put(placeOf(next), recordTime.getAsLong(), task, before);
        next++;
    }

    private static int pageOf(long position) {
        return (int) (position & STEPS - 1) >> PAGE_SHIFT;
    }

    private static int placeOf(long position) {
        return (int) position & PAGE_STEPS - 1;
    }

    /** Of a position that was filled. */
    private Page page(long position) {
        return Objects.requireNonNull(pages[pageOf(position)]);
    }

    /** How many changes there were so far; what comes is {@link #since} it. */
    public long position() {
        return next;
    }

    /** The remembered steps of a task. */
    public TaskSteps of(long taskId) {
        List<TaskStep> steps = steps(taskId, 0);
        boolean isWhole = !steps.isEmpty() && steps.get(0).from() == TaskState.NONE;
        long remembered = next > STEPS ? page(next).atMs[placeOf(next)] : startedAtMs;
        return new TaskSteps(steps, isWhole ? 0 : remembered, "the broker remembers no more");
    }

    /** Whether {@link #since} this position knows all. */
    public boolean remembers(long position) {
        return next - position <= STEPS;
    }

    /** A task's changes since then, the oldest first; at most {@link TaskSteps#SHOWN_MAX}. */
    public List<TaskStep> since(long position, long taskId) {
        return steps(taskId, position);
    }

    private List<TaskStep> steps(long taskId, long position) {
        List<TaskStep> steps = new ArrayList<>();
        for (long i = next - 1;
                i >= Math.max(position, Math.max(0, next - STEPS)) && steps.size() <= TaskSteps.SHOWN_MAX;
                i--) {
            Page page = page(i);
            if (page.taskIds[placeOf(i)] == taskId) {
                steps.add(page.step(placeOf(i)));
            }
        }
        Collections.reverse(steps);
        return steps;
    }
}
