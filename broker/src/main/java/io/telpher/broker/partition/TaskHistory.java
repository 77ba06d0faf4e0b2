package io.telpher.broker.partition;

import io.telpher.broker.core.state.LastOutcome;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.Transition;
import io.telpher.protocol.Transitions;
import java.time.Instant;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.agrona.collections.IntArrayList;

/** The last changes of state of all tasks, as many as fit into a few megabytes. Older ones, and those before the start, are known only from the task itself. */
final class TaskHistory implements TransitionListener {
    /** A power of two. */
    private static final int STEPS = 1 << 17;

    private static final int MASK = STEPS - 1;

    private static final String FAILED = "failed";

    /** So that a reply stays within a frame. */
    private static final int SHOWN_MAX = 2_000;

    /** The newest failures of a task whose errors are read from the journal: each is a read that the partition's thread waits for. */
    private static final int ERRORS_READ_MAX = 50;

    /** Of an error that is not the last one, in characters. */
    private static final int ERROR_SHOWN_MAX = 1_000;

    private final long[] taskIds = new long[STEPS];
    private final long[] atMs = new long[STEPS];
    private final long[] leaseIds = new long[STEPS];
    /** Of the NACK that the task's last outcome came from. */
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
    private final LongFunction<String> errors;

    /**
     * @param startedAtMs nothing before it is remembered, ms since 1970
     * @param recordTime of the record that is being applied, ms since 1970
     * @param errors reads the error of the NACK at a location in the journal, which may be gone; what it says is shown
     */
    TaskHistory(long startedAtMs, LongSupplier recordTime, LongFunction<String> errors) {
        this.startedAtMs = startedAtMs;
        this.recordTime = recordTime;
        this.errors = errors;
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

    /**
     * Writes the TRANSITIONS of one task, the oldest first.
     *
     * @param lastError goes with the last failure, when the task's last outcome is one: its frame may lie elsewhere by now
     */
    FrameWriter write(FrameWriter out, int requestId, TaskCursor task, String lastError) {
        int[] steps = stepsOf(task.taskId());
        boolean isWhole = steps.length > 0 && from[steps[0]] == TaskState.NONE.ordinal();
        Transitions.begin(out, requestId, task.taskId(), isWhole ? steps.length : steps.length + 1);
        if (!isWhole) {
            writeMade(out, task, steps);
        }
        int[] begins = beginsOf(steps);
        String[] notes = notes(steps, begins, task.lastOutcome() == LastOutcome.NACKED ? lastError : "");
        for (int i = 0; i < steps.length; i++) {
            write(out, steps[i], begins[i], notes[i]);
        }
        return out.endVar().end();
    }

    /** For each step the one with which the attempt began that it ends; itself when it ends none, or that one is forgotten. */
    private int[] beginsOf(int[] steps) {
        int[] begins = new int[steps.length];
        int attempt = -1;
        for (int i = 0; i < steps.length; i++) {
            int at = steps[i];
            begins[i] = from[at] == TaskState.ACTIVE.ordinal() && attempt >= 0 ? attempt : at;
            attempt = to[at] == TaskState.ACTIVE.ordinal() ? at : attempt;
        }
        return begins;
    }

    /** Read from the newest on, because only so many errors are. */
    private String[] notes(int[] steps, int[] begins, String lastError) {
        String[] notes = new String[steps.length];
        int failures = 0;
        for (int i = steps.length - 1; i >= 0; i--) {
            notes[i] = note(steps[i], begins[i]);
            if (notes[i].equals(FAILED)) {
                notes[i] = error(steps[i], failures++, lastError);
            }
        }
        return notes;
    }

    private String error(int at, int laterFailures, String lastError) {
        if (laterFailures == 0 && !lastError.isEmpty()) {
            return lastError;
        }
        if (laterFailures >= ERRORS_READ_MAX || errorLocations[at] == TaskCursor.NO_FRAME) {
            return FAILED;
        }
        String error = errors.apply(errorLocations[at]);
        if (error.isEmpty()) {
            return FAILED;
        }
        return error.length() > ERROR_SHOWN_MAX ? error.substring(0, ERROR_SHOWN_MAX) + "..." : error;
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
                .var("submitted; what came before " + Instant.ofEpochMilli(rememberedSince(steps))
                        + " is not remembered")
                .end();
    }

    private long rememberedSince(int[] steps) {
        if (steps.length == SHOWN_MAX) {
            return atMs[steps[0]];
        }
        return next > STEPS ? atMs[(int) next & MASK] : startedAtMs;
    }

    /** @param attempt the step with which the attempt began that this one ends, or itself */
    private void write(FrameWriter out, int at, int attempt, String note) {
        Transition.begin(out, atMs[at], leaseIds[attempt])
                .i32(attempts[attempt])
                .u8(from[at])
                .u8(to[at])
                .pad()
                .var(workers[attempt])
                .var(note)
                .end();
    }

    private String note(int at, int attempt) {
        if (from[at] == TaskState.NONE.ordinal()) {
            return "submitted";
        }
        if (from[at] != TaskState.ACTIVE.ordinal()) {
            return "";
        }
        if (crashes[at] > crashes[attempt]) {
            return crash(at);
        }
        if (attempts[at] < attempts[attempt]) {
            return "released";
        }
        return switch (TaskState.of(to[at])) {
            case COMPLETED -> "acknowledged";
            case CANCELLED -> "cancelled";
            case READY, RETRY_WAIT, DEAD, EXPIRED -> outcomes[at] == LastOutcome.NACKED.ordinal() ? FAILED : crash(at);
            default -> "";
        };
    }

    private String crash(int at) {
        return switch (LastOutcome.values()[outcomes[at]]) {
            case LEASE_RAN_OUT -> "the lease ran out";
            case CONNECTION_CLOSED -> "the worker's connection closed";
            default -> "";
        };
    }
}
