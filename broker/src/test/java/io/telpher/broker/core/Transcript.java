package io.telpher.broker.core;

import io.telpher.broker.core.command.BatchOutcome;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.queue.Remark;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.DeadReason;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Priority;
import io.telpher.protocol.TaskState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Everything the core says, as sentences. */
final class Transcript implements Outbox {
    private final Cast cast;
    private final List<String> said = new ArrayList<>();
    private String prefix = "";

    Transcript(Cast cast) {
        this.cast = cast;
    }

    /** What is said from here on happens at this time; empty = at the time of the step. */
    void at(String time) {
        prefix = time.isEmpty() ? "" : "at " + time + ": ";
    }

    void say(String sentence) {
        said.add(prefix + sentence);
    }

    List<String> take() {
        List<String> taken = List.copyOf(said);
        said.clear();
        return taken;
    }

    @Override
    public void rejected(long session, int requestId, ErrorCode code, String message) {
        say("refused, " + code + ": " + message);
    }

    @Override
    public void submitted(long session, int requestId, TaskCursor task, boolean duplicate) {
        say(cast.submitted(task.taskId(), duplicate) + (duplicate ? ", which is " : " is ") + describe(task));
    }

    @Override
    public void batchSubmitted(long session, int requestId, BatchOutcome outcome) {
        say("accepted: " + names(outcome));
    }

    private String names(BatchOutcome outcome) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < outcome.count(); i++) {
            names.add(cast.submitted(outcome.taskId(i), outcome.duplicate(i)));
        }
        return String.join(", ", names);
    }

    @Override
    public void deliveries(long session, int requestId, Grants grants) {
        List<String> given = new ArrayList<>();
        for (int i = 0; i < grants.count(); i++) {
            TaskCursor task = grants.task(i);
            cast.leased(session, task);
            given.add(
                    cast.name(task.taskId()) + " (attempt " + task.attempts() + ", " + Cast.time(task.leaseMs()) + ")");
        }
        say(cast.actor(session) + " gets " + (given.isEmpty() ? "nothing" : String.join(", ", given)));
    }

    @Override
    public void taskChanged(long session, int requestId, TaskCursor task, BatchOutcome followUps) {
        say(cast.name(task.taskId()) + " is " + describe(task));
        if (followUps.count() > 0) {
            say("accepted: " + names(followUps));
        }
    }

    @Override
    public void queueChanged(long session, int requestId, QueueCursor queue) {
        say(describe(queue));
    }

    @Override
    public void counted(long session, int requestId, long count) {
        say(count + (count == 1 ? " task" : " tasks"));
    }

    @Override
    public void handOver(long number, int target, long maker, ByteBuffer frames, int frame) {
        say("tasks go to partition " + target);
    }

    @Override
    public void taken(int source, long number, BatchOutcome tasks) {
        say(tasks.count() + " tasks come from partition " + source);
    }

    @Override
    public void cancelRequested(long session, long taskId, long leaseId) {
        say(cast.actor(session) + " is told to stop " + cast.name(taskId));
    }

    @Override
    public void finished(TaskCursor task) {
        say(cast.name(task.taskId()) + " has ended, " + task.state().word());
    }

    String describe(TaskCursor task) {
        cast.checkFrame(task);
        TaskState state = task.state();
        String text = state.word();
        if (task.nextRunAtMs() > 0) {
            text += " until " + cast.moment(task.nextRunAtMs());
        }
        if (state == TaskState.ACTIVE) {
            text += " until " + cast.moment(task.leaseDeadlineMs());
            text += task.progress() > 0 ? " at " + task.progress() + "%" : "";
            text += task.cancelRequested() ? ", to be cancelled" : "";
        }
        return task.deadReason() == DeadReason.NONE
                ? text
                : text + " (" + task.deadReason().word() + ")";
    }

    String describe(QueueCursor queue) {
        List<String> parts = new ArrayList<>();
        for (Priority priority : Priority.values()) {
            add(parts, queue.ready(priority), "ready " + priority.word());
        }
        add(parts, queue.scheduled(), "scheduled");
        add(parts, queue.retryWait(), "retry_wait");
        add(parts, queue.active(), "active");
        add(parts, queue.dead(), "dead");
        add(parts, queue.waiters(), "waiting");
        if (queue.paused()) {
            parts.add(queue.refusesSubmits() ? "paused, refuses submits" : "paused");
            add(parts, queue.pause(), "because");
        }
        add(parts, queue.note(), "note");
        return queue.name() + ": " + (parts.isEmpty() ? "empty" : String.join(", ", parts));
    }

    private static void add(List<String> parts, Remark remark, String what) {
        if (!remark.text().isEmpty()) {
            parts.add(what + " \"" + remark.text() + "\" by " + remark.by());
        }
    }

    private static void add(List<String> parts, long count, String what) {
        if (count > 0) {
            parts.add(count + " " + what);
        }
    }
}
