package io.telpher.broker.core.state;

import io.telpher.protocol.TaskView;

/** Copies a task's row into the protocol's carrier. */
final class TaskViews {
    private TaskViews() {}

    static void fill(TaskCursor task, TaskView view) {
        view.taskId = task.taskId();
        view.createdAtMs = task.createdAtMs();
        view.startedAtMs = task.startedAtMs();
        view.finishedAtMs = task.finishedAtMs();
        view.nextRunAtMs = task.nextRunAtMs();
        view.expiresAtMs = task.expiresAtMs();
        view.leaseDeadlineMs = task.wallMs(task.leaseDeadlineMs());
        view.leaseId = task.leaseId();
        view.attempts = task.attempts();
        view.crashes = task.crashes();
        view.replays = task.replays();
        view.maxRetries = task.maxRetries();
        view.visibilityTimeoutMs = task.visibilityTimeoutMs();
        view.state = task.state();
        view.priority = task.priority();
        view.deadReason = task.deadReason();
        view.cancelRequested = task.cancelRequested();
        view.progress = task.progress();
        view.queue = task.queue();
        view.type = task.type();
        view.worker = task.worker();
    }
}
