package io.telpher.broker.partition.history;

import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.task.Transition;
import io.telpher.protocol.task.Transitions;
import java.time.Instant;
import java.util.List;
import java.util.function.LongFunction;

/**
 * The known steps of a task's life.
 *
 * @param steps the oldest first, at most {@link #SHOWN_MAX}
 * @param sinceMs what came before is not known, ms since 1970; 0 = all is
 * @param why it is not
 */
public record TaskSteps(List<TaskStep> steps, long sinceMs, String why) {
    /** So that a reply stays within a frame. */
    static final int SHOWN_MAX = 2_000;

    /** Of an error that is not the last one, in characters. */
    static final int ERROR_SHOWN_MAX = 1_000;

    /** Stands for an error that is not read. */
    static final String FAILED = "failed";

    /** Of all errors together, in characters, the newest first; so that a reply stays within a frame. */
    private static final int ERRORS_SHOWN_MAX = 500_000;

    public TaskSteps {
        steps = List.copyOf(steps.subList(Math.max(0, steps.size() - SHOWN_MAX), steps.size()));
    }

    public boolean isWhole() {
        return sinceMs == 0 && !steps.isEmpty() && steps.get(0).from() == TaskState.NONE;
    }

    /**
     * Writes TRANSITIONS. When the beginning is not known, what the task itself knows of it comes first.
     *
     * @param lastError goes with the last failure, when the task's last outcome is one: its frame may have moved since
     * @param errors reads the error of the NACK at a location in the journal, which may be gone; empty = not read
     */
    public FrameWriter write(
            FrameWriter out, int requestId, TaskCursor task, String lastError, LongFunction<String> errors) {
        boolean isWhole = isWhole();
        long since = isWhole ? 0 : knownSince(task);
        Transitions.begin(out, requestId, task.taskId(), isWhole ? steps.size() : steps.size() + 1, task.wallMs(since));
        if (!isWhole) {
            writeMade(out, task, task.wallMs(since));
        }
        TaskStep[] begins = begins();
        String[] notes = notes(begins, task.lastOutcome().hasErrorFrame() ? lastError : "", errors);
        for (int i = 0; i < notes.length; i++) {
            TaskStep step = steps.get(i);
            Transition.begin(out, task.wallMs(step.atMs()), begins[i].leaseId())
                    .i32(begins[i].attempts())
                    .u8(step.from().ordinal())
                    .u8(step.to().ordinal())
                    .pad()
                    .var(begins[i].worker())
                    .var(notes[i])
                    .end();
        }
        return out.endVar().end();
    }

    private long knownSince(TaskCursor task) {
        if (sinceMs != 0) {
            return sinceMs;
        }
        return steps.isEmpty() ? task.createdStampMs() : steps.get(0).atMs();
    }

    private void writeMade(FrameWriter out, TaskCursor task, long since) {
        TaskState state = steps.isEmpty() ? task.state() : steps.get(0).from();
        String reason = sinceMs == 0 ? "only the last " + SHOWN_MAX + " changes are shown" : why;
        Transition.begin(out, task.createdAtMs(), 0)
                .i32(0)
                .u8(TaskState.NONE.ordinal())
                .u8(state.ordinal())
                .pad()
                .var("")
                .var("submitted; changes before " + Instant.ofEpochMilli(since) + " are not known: " + reason)
                .end();
    }

    /** For each step the one with which the attempt began that it ends; itself when it ends none, or that one is not known. */
    private TaskStep[] begins() {
        TaskStep[] begins = new TaskStep[steps.size()];
        TaskStep attempt = null;
        for (int i = 0; i < begins.length; i++) {
            TaskStep step = steps.get(i);
            begins[i] = step.from() == TaskState.ACTIVE && attempt != null ? attempt : step;
            attempt = step.to() == TaskState.ACTIVE ? step : attempt;
        }
        return begins;
    }

    /** From the newest on, because the number of errors that are read is limited. */
    private String[] notes(TaskStep[] begins, String lastError, LongFunction<String> errors) {
        String[] notes = new String[begins.length];
        int shown = 0;
        boolean isLast = true;
        for (int i = notes.length - 1; i >= 0; i--) {
            TaskStep step = steps.get(i);
            notes[i] = step.note(begins[i]);
            if (notes[i].equals(FAILED) && shown < ERRORS_SHOWN_MAX) {
                notes[i] = isLast && !lastError.isEmpty() ? lastError : error(step, errors);
                shown += notes[i].length();
                isLast = false;
            }
        }
        return notes;
    }

    private static String error(TaskStep step, LongFunction<String> errors) {
        if (step.errorLocation() == TaskCursor.NO_FRAME) {
            return FAILED;
        }
        String known = step.error();
        String error = known == null ? errors.apply(step.errorLocation()) : known;
        return error.isEmpty() ? FAILED : cut(error);
    }

    static String cut(String error) {
        return error.length() > ERROR_SHOWN_MAX ? error.substring(0, ERROR_SHOWN_MAX) + "..." : error;
    }
}
