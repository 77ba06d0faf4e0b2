package io.telpher.broker.core;

import io.telpher.broker.core.command.BatchOutcome;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Everything the core says, in a form that can be compared. */
final class ReplyDigest implements Outbox {
    final List<String> said = new ArrayList<>();

    private void say(String what, Object... details) {
        said.add(what + List.of(details));
    }

    private static String text(TaskCursor task) {
        return task.taskId() + " " + task.state() + " lease " + task.leaseId() + " until " + task.leaseDeadlineMs()
                + " at " + task.submitLocation() + " outcome " + task.outcomeLocation() + " by " + task.worker();
    }

    @Override
    public void rejected(long session, int requestId, ErrorCode code, String message) {
        say("rejected", session, requestId, code, message);
    }

    @Override
    public void submitted(long session, int requestId, TaskCursor task, boolean duplicate) {
        say("submitted", session, requestId, text(task), duplicate);
    }

    @Override
    public void batchSubmitted(long session, int requestId, BatchOutcome outcome) {
        say("batch", session, requestId, ids(outcome));
    }

    private static List<Long> ids(BatchOutcome outcome) {
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < outcome.count(); i++) {
            ids.add(outcome.taskId(i));
        }
        return ids;
    }

    @Override
    public void deliveries(long session, int requestId, Grants grants) {
        List<String> tasks = new ArrayList<>();
        for (int i = 0; i < grants.count(); i++) {
            tasks.add(text(grants.task(i)));
        }
        say("deliveries", session, requestId, tasks);
    }

    @Override
    public void taskChanged(long session, int requestId, TaskCursor task, BatchOutcome followUps) {
        say("changed", session, requestId, text(task), ids(followUps));
    }

    @Override
    public void queueChanged(long session, int requestId, QueueCursor queue) {
        say("queue", session, requestId, queue.name(), queue.readyTotal(), queue.dead(), queue.policy());
    }

    @Override
    public void counted(long session, int requestId, long count) {
        say("counted", session, requestId, count);
    }

    @Override
    public void handOver(long number, int target, long maker, ByteBuffer frames, int frame) {
        say("hand over", number, target);
    }

    @Override
    public void taken(int source, long number, BatchOutcome tasks) {
        say("taken", source, number, ids(tasks));
    }

    @Override
    public void cancelRequested(long session, long taskId, long leaseId) {
        say("cancel", session, taskId, leaseId);
    }

    @Override
    public void finished(TaskCursor task) {
        say("finished", text(task));
    }
}
