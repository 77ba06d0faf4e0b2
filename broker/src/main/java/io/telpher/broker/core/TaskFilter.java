package io.telpher.broker.core;

import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.task.ListTasks;

/**
 * Which tasks a list shows.
 *
 * @param afterTaskId only tasks with a greater id
 * @param stateMask bit n = state n; 0 = any
 * @param queue empty = any
 * @param type empty = any
 */
public record TaskFilter(long afterTaskId, int stateMask, String queue, String type) {
    long afterSequence() {
        return TaskId.sequence(afterTaskId);
    }

    /** But for the queue. */
    boolean matches(TaskCursor task) {
        return (stateMask == 0 || (stateMask & task.state().mask()) != 0)
                && (type.isEmpty() || task.type().equals(type));
    }

    public static TaskFilter of(ListTasks query) {
        return new TaskFilter(query.afterTaskId(), query.stateMask(), query.queue(), query.taskType());
    }

    /** The same from there on. */
    public TaskFilter after(long taskId) {
        return new TaskFilter(taskId, stateMask, queue, type);
    }
}
