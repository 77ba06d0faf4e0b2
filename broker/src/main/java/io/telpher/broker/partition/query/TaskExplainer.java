package io.telpher.broker.partition.query;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.task.Explanation;
import io.telpher.protocol.task.Explanation.Reason;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Says why a task is not running, or where it runs: what an operator asks first. */
public final class TaskExplainer {
    private static final long UNKNOWN = -1;
    private static final double MS = 1e3;
    private static final double MILLIONTHS = 1e6;

    private final Partition partition;
    private final QueueRates rates;

    public TaskExplainer(Partition partition, QueueRates rates) {
        this.partition = partition;
        this.rates = rates;
    }

    /** The facts about the task, gathered once. */
    private record Seen(TaskView task, QueueCursor queue, long position, double endedPerSecond, long nowMs) {
        long etaMs() {
            return position > 0 && endedPerSecond > 0 ? Math.round(position * MS / endedPerSecond) : UNKNOWN;
        }
    }

    /** Writes the EXPLANATION. */
    public FrameWriter write(FrameWriter out, int requestId, TaskCursor cursor, long nowMs) {
        TaskView task = new TaskView();
        cursor.fill(task);
        QueueCursor queue = partition.queueOf(cursor);
        boolean isReady = task.state == TaskState.READY;
        Seen seen = new Seen(
                task, queue, isReady ? queue.readyPosition(cursor) : 0, rates.endedPerSecond(queue, nowMs), nowMs);
        Reason reason = reason(seen);
        boolean waits = reason == Reason.WAITING;
        return Explanation.begin(out, requestId, task.taskId)
                .i64(sinceMs(task))
                .i64(untilMs(task))
                .i64(seen.position())
                .i64(waits ? seen.etaMs() : UNKNOWN)
                .i64(Math.round(seen.endedPerSecond() * MILLIONTHS))
                .i32(attempt(task))
                .i32(task.maxRetries + 1)
                .u8(reason.ordinal())
                .u8(task.state.code())
                .pad()
                .var(sentence(reason, seen))
                .var(task.queue)
                .var(task.worker)
                .end();
    }

    private static Reason reason(Seen seen) {
        return switch (seen.task().state) {
            case SCHEDULED -> Reason.DELAYED;
            case RETRY_WAIT -> Reason.BACKOFF;
            case READY -> ready(seen);
            case ACTIVE -> seen.task().cancelRequested ? Reason.CANCELLING : Reason.RUNNING;
            case COMPLETED -> Reason.COMPLETED;
            case DEAD -> Reason.DEAD;
            case EXPIRED -> Reason.EXPIRED;
            case DISCARDED -> Reason.DISCARDED;
            case CANCELLED -> Reason.CANCELLED;
            case NONE -> Reason.NONE;
        };
    }

    private static Reason ready(Seen seen) {
        if (seen.queue().paused()) {
            return Reason.PAUSED;
        }
        boolean somebodyWorks = seen.queue().waiters() > 0 || seen.queue().active() > 0 || seen.endedPerSecond() > 0;
        return somebodyWorks ? Reason.WAITING : Reason.NO_WORKER;
    }

    /** The one under way or, of a pending task, the one that comes next. */
    private static int attempt(TaskView task) {
        return task.state.isPending() ? task.attempts + 1 : task.attempts;
    }

    private static long sinceMs(TaskView task) {
        return switch (task.state) {
            case ACTIVE -> task.startedAtMs;
            case COMPLETED, DEAD, EXPIRED, DISCARDED, CANCELLED -> task.finishedAtMs;
            default -> task.createdAtMs;
        };
    }

    private static long untilMs(TaskView task) {
        return switch (task.state) {
            case SCHEDULED, RETRY_WAIT -> task.nextRunAtMs;
            case ACTIVE -> task.leaseDeadlineMs;
            default -> 0;
        };
    }

    private static String sentence(Reason reason, Seen seen) {
        TaskView task = seen.task();
        String queue = "queue \"" + task.queue + "\"";
        String attempts = attempt(task) + " of " + (task.maxRetries + 1);
        return switch (reason) {
            case PAUSED -> queue + " is paused, with " + counted(seen.queue().readyTotal(), "task") + " ready in it";
            case DELAYED -> "it is delayed until " + time(task.nextRunAtMs) + also(seen);
            case BACKOFF ->
                "an attempt failed; attempt " + attempts + " comes at " + time(task.nextRunAtMs) + also(seen);
            case NO_WORKER ->
                "no worker serves " + queue
                        + ": no worker waits there, none runs a task of it, none did within a minute";
            case WAITING -> waiting(seen, queue);
            case RUNNING ->
                "it runs on " + worker(task) + " since " + time(task.startedAtMs) + ", attempt " + attempts
                        + ", leased until " + time(task.leaseDeadlineMs);
            case CANCELLING -> "a cancel was requested; " + worker(task) + " still runs it and has been told";
            case COMPLETED -> "it was completed at " + time(task.finishedAtMs);
            case DEAD ->
                "it has been dead since " + time(task.finishedAtMs) + " after " + counted(task.attempts, "attempt")
                        + " (" + task.deadReason.word() + "); replay or discard it";
            case EXPIRED -> "it expired at " + time(task.finishedAtMs) + ", before it could start";
            case DISCARDED -> "an operator discarded it at " + time(task.finishedAtMs);
            case CANCELLED -> "it was cancelled at " + time(task.finishedAtMs);
            case NONE -> "";
        };
    }

    private static String counted(long count, String word) {
        return count + " " + word + (count == 1 ? "" : "s");
    }

    private static String also(Seen seen) {
        return seen.queue().paused() ? "; its queue is paused, too" : "";
    }

    private static String waiting(Seen seen, String queue) {
        if (seen.position() < 0) {
            return "very many tasks are before it in " + queue;
        }
        String running = "; " + seen.queue().active() + (seen.queue().active() == 1 ? " is running" : " are running");
        String eta = seen.etaMs() < 0
                ? ", none has ended within a minute, so when its turn comes is not known"
                : String.format(
                        java.util.Locale.ROOT,
                        ", its turn comes in about %d s at %.1f a second",
                        Math.max(1, Math.round(seen.etaMs() / MS)),
                        seen.endedPerSecond());
        return "it is number " + seen.position() + " in " + queue + " ("
                + seen.task().priority.word() + ")" + running + eta;
    }

    private static String worker(TaskView task) {
        return task.worker.isEmpty() ? "a worker without a name" : "worker \"" + task.worker + "\"";
    }

    private static String time(long ms) {
        return Instant.ofEpochMilli(ms).truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
