package io.telpher.protocol.task;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Priority;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** RESCHEDULE: another priority, or another time to run, for tasks that wait. Answered by COUNTED: how many of them there were. */
public final class Reschedule extends Message {
    /** Leaves the priority, or the time, as it is. */
    public static final int KEEP = -1;

    private static final int KEEP_PRIORITY = 0xFF;

    public Reschedule() {
        super(MessageType.RESCHEDULE);
    }

    public Reschedule wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    /**
     * The new time or priority; at least one of the three is given.
     *
     * @param priority null = as it is
     * @param delayMs from now, 0 = now, {@link #KEEP} = as it is, or as {@code runAtMs} says
     * @param runAtMs ms since 1970 by the wall clock; 0 = as it is, or as {@code delayMs} says
     */
    public record Change(@Nullable Priority priority, long delayMs, long runAtMs) {
        public static final Change RUN_NOW = new Change(null, 0, 0);

        public static Change of(Priority priority) {
            return new Change(priority, KEEP, 0);
        }

        /** The time is another. */
        public boolean moves() {
            return delayMs != KEEP || runAtMs != 0;
        }
    }

    public static FrameWriter write(FrameWriter out, int requestId, Change change, long... taskIds) {
        Priority priority = change.priority();
        out.begin(MessageType.RESCHEDULE, requestId)
                .i64(change.delayMs())
                .i64(change.runAtMs())
                .u8(priority == null ? KEEP_PRIORITY : priority.ordinal())
                .pad()
                .beginVar();
        for (long taskId : taskIds) {
            out.rawI64(taskId);
        }
        return out.endVar().end();
    }

    public Change change() {
        return new Change(u8(16) == KEEP_PRIORITY ? null : Priority.of(u8(16)), i64(0), i64(8));
    }

    public long[] taskIds() {
        return ids(0);
    }

    @Override
    public String detail() {
        Change change = change();
        Priority priority = change.priority();
        String first = priority == null ? "" : "priority " + priority.word() + " ";
        String at = change.runAtMs() > 0 ? "run at " + Instant.ofEpochMilli(change.runAtMs()) : "";
        String when = change.delayMs() >= 0 ? "run in " + change.delayMs() + " ms" : at;
        return taskIds().length + " by id, " + (first + when).trim();
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        Change change = change();
        Problem problem = Problem.first(
                Problem.within("delay", change.delayMs(), KEEP, Limits.DELAY_MS_MAX),
                Problem.within("time to run", change.runAtMs(), 0, Long.MAX_VALUE),
                idsProblem(0));
        if (problem != null) {
            return problem;
        }
        if (taskIds().length == 0) {
            return Problem.bad("the tasks to change are not named");
        }
        if (change.delayMs() != KEEP && change.runAtMs() != 0) {
            return Problem.bad("give a delay or a time to run, not both");
        }
        return change.priority() == null && !change.moves()
                ? Problem.bad("nothing is to be changed: give a priority, a delay or a time to run")
                : null;
    }
}
