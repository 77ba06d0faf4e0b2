package io.telpher.broker.partition;

import io.telpher.broker.core.state.LastOutcome;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.protocol.TaskState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.LongSupplier;

/** The last changes of state of all tasks, as many as fit into a few megabytes. Older ones, and those before the start, are in the journal only: {@link LookBack}. */
final class TaskHistory implements TransitionListener {
    /** A power of two. */
    private static final int STEPS = 1 << 17;

    private static final int MASK = STEPS - 1;

    private final long[] taskIds = new long[STEPS];
    private final long[] atMs = new long[STEPS];
    private final long[] leaseIds = new long[STEPS];
    private final long[] errorLocations = new long[STEPS];
    private final int[] attempts = new int[STEPS];
    private final byte[] from = new byte[STEPS];
    private final byte[] to = new byte[STEPS];
    private final byte[] outcomes = new byte[STEPS];
    private final short[] crashes = new short[STEPS];
    private final String[] workers = new String[STEPS];
    private long next;
    private final long startedAtMs;
    private final LongSupplier recordTime;

    /**
     * @param startedAtMs nothing before it is remembered, ms since 1970
     * @param recordTime of the record that is being applied, ms since 1970
     */
    TaskHistory(long startedAtMs, LongSupplier recordTime) {
        this.startedAtMs = startedAtMs;
        this.recordTime = recordTime;
    }

    @Override
    public void moved(TaskCursor task, TaskState before) {
        int at = (int) next++ & MASK;
        taskIds[at] = task.taskId();
        atMs[at] = recordTime.getAsLong();
        leaseIds[at] = task.leaseId();
        attempts[at] = task.attempts();
        from[at] = (byte) before.ordinal();
        to[at] = (byte) task.state().ordinal();
        boolean failed = task.lastOutcome() == LastOutcome.NACKED;
        errorLocations[at] = failed ? task.outcomeLocation() : TaskCursor.NO_FRAME;
        outcomes[at] = (byte) task.lastOutcome().ordinal();
        crashes[at] = (short) task.crashes();
        workers[at] = task.worker();
    }

    /** How many changes there were so far; what comes is {@link #since} it. */
    long position() {
        return next;
    }

    /** What is remembered of a task. */
    TaskSteps of(long taskId) {
        List<TaskStep> steps = steps(taskId, 0);
        boolean isWhole = !steps.isEmpty() && steps.get(0).from() == TaskState.NONE;
        long remembered = next > STEPS ? atMs[(int) next & MASK] : startedAtMs;
        return new TaskSteps(steps, isWhole ? 0 : remembered, "the broker remembers no more");
    }

    /** Whether {@link #since} this position knows all. */
    boolean remembers(long position) {
        return next - position <= STEPS;
    }

    /** A task's changes since then, the oldest first; at most {@link TaskSteps#SHOWN_MAX}. */
    List<TaskStep> since(long position, long taskId) {
        return steps(taskId, position);
    }

    private List<TaskStep> steps(long taskId, long position) {
        List<TaskStep> steps = new ArrayList<>();
        for (long i = next - 1;
                i >= Math.max(position, Math.max(0, next - STEPS)) && steps.size() <= TaskSteps.SHOWN_MAX;
                i--) {
            int at = (int) i & MASK;
            if (taskIds[at] == taskId) {
                steps.add(step(at));
            }
        }
        Collections.reverse(steps);
        return steps;
    }

    private TaskStep step(int at) {
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
