package io.telpher.broker.core;

import io.telpher.protocol.ListTasks;

/**
 * Which tasks a list shows.
 *
 * @param afterTaskId only tasks with a greater id
 * @param stateMask bit n = state n; 0 = any
 * @param queue empty = any
 * @param type empty = any
 */
public record TaskFilter(long afterTaskId, int limit, int stateMask, String queue, String type) {
    public static TaskFilter of(ListTasks query) {
        return new TaskFilter(query.afterTaskId(), query.limit(), query.stateMask(), query.queue(), query.taskType());
    }
}
