package io.telpher.broker.partition;

import io.telpher.broker.core.state.LastOutcome;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.Transition;
import io.telpher.protocol.Transitions;
import java.util.function.LongSupplier;
import org.agrona.collections.IntArrayList;

/** The last changes of state of all tasks, as many as fit into a few megabytes. Older ones, and those before the start, are known only from the task itself. */
final class TaskHistory implements TransitionListener {
    /** A power of two. */
    private static final int STEPS = 1 << 17;

    private static final int MASK = STEPS - 1;

    /** So that a reply stays within a frame. */
    private static final int SHOWN_MAX = 2_000;

    private final long[] taskIds = new long[STEPS];
    private final long[] atMs = new long[STEPS];
    private final long[] leaseIds = new long[STEPS];
    private final int[] attempts = new int[STEPS];
    private final byte[] from = new byte[STEPS];
    private final byte[] to = new byte[STEPS];
    private final byte[] outcomes = new byte[STEPS];
    private final short[] crashes = new short[STEPS];
    private final String[] workers = new String[STEPS];
    private long next;
    private final LongSupplier recordTime;

    /** @param recordTime of the record that is being applied, ms since 1970 */
    TaskHistory(LongSupplier recordTime) {
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
        outcomes[at] = (byte) task.lastOutcome().ordinal();
        crashes[at] = (short) task.crashes();
        workers[at] = task.worker();
    }

    /**
     * Writes the TRANSITIONS of one task, the oldest first.
     *
     * @param lastError goes with the end of the last attempt
     */
    FrameWriter write(FrameWriter out, int requestId, TaskCursor task, String lastError) {
        int[] steps = stepsOf(task.taskId());
        boolean isWhole = steps.length > 0 && from[steps[0]] == TaskState.NONE.ordinal();
        Transitions.begin(out, requestId, task.taskId(), isWhole ? steps.length : steps.length + 1);
        if (!isWhole) {
            writeMade(out, task, steps);
        }
        int lastEnd = -1;
        for (int at : steps) {
            lastEnd = from[at] == TaskState.ACTIVE.ordinal() ? at : lastEnd;
        }
        int attempt = -1;
        for (int at : steps) {
            boolean ends = from[at] == TaskState.ACTIVE.ordinal() && attempt >= 0;
            write(out, at, ends ? attempt : at, at == lastEnd ? lastError : "");
            attempt = to[at] == TaskState.ACTIVE.ordinal() ? at : attempt;
        }
        return out.endVar().end();
    }

    /** Where its last steps lie, the oldest first. */
    private int[] stepsOf(long taskId) {
        IntArrayList newestFirst = new IntArrayList();
        for (long i = next - 1; i >= Math.max(0, next - STEPS) && newestFirst.size() < SHOWN_MAX; i--) {
            int at = (int) i & MASK;
            if (taskIds[at] == taskId) {
                newestFirst.addInt(at);
            }
        }
        int[] steps = new int[newestFirst.size()];
        for (int i = 0; i < steps.length; i++) {
            steps[i] = newestFirst.getInt(steps.length - 1 - i);
        }
        return steps;
    }

    /** What the task itself knows, when its first step is forgotten. */
    private void writeMade(FrameWriter out, TaskCursor task, int[] steps) {
        TaskState state = steps.length > 0 ? TaskState.of(from[steps[0]]) : task.state();
        Transition.begin(out, task.createdAtMs(), 0)
                .i32(0)
                .u8(TaskState.NONE.ordinal())
                .u8(state.ordinal())
                .pad()
                .var("")
                .var("submitted; what came between is not remembered")
                .end();
    }

    /** @param attempt the step with which the attempt began that this one ends, or itself */
    private void write(FrameWriter out, int at, int attempt, String lastError) {
        Transition.begin(out, atMs[at], leaseIds[attempt])
                .i32(attempts[attempt])
                .u8(from[at])
                .u8(to[at])
                .pad()
                .var(workers[attempt])
                .var(note(at, attempt, lastError))
                .end();
    }

    private String note(int at, int attempt, String lastError) {
        if (from[at] == TaskState.NONE.ordinal()) {
            return "submitted";
        }
        if (from[at] != TaskState.ACTIVE.ordinal()) {
            return "";
        }
        if (crashes[at] > crashes[attempt]) {
            boolean ranOut = outcomes[at] == LastOutcome.LEASE_RAN_OUT.ordinal();
            return ranOut ? "the lease ran out" : "the worker's connection closed";
        }
        if (attempts[at] < attempts[attempt]) {
            return "released";
        }
        return switch (TaskState.of(to[at])) {
            case COMPLETED -> "acknowledged";
            case CANCELLED -> "cancelled";
            case READY, RETRY_WAIT, DEAD -> lastError.isEmpty() ? "failed" : lastError;
            default -> "";
        };
    }
}
