package io.telpher.broker.partition.replica;

import io.telpher.protocol.TaskState;

/**
 * One change of a task's state.
 *
 * @param from {@link TaskState#NONE} when the task has just been made
 * @param atMs ms since 1970
 * @param worker empty unless the task is running
 */
public record TaskChange(
        long taskId,
        String queue,
        String type,
        TaskState from,
        TaskState to,
        long atMs,
        int attempts,
        long leaseId,
        String worker) {}
