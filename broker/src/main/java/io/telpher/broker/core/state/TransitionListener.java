package io.telpher.broker.core.state;

import io.telpher.protocol.TaskState;

/** Is told of every change of a task's state, on the partition's thread, while the record is applied. Changes nothing itself. */
public interface TransitionListener {
    /** For a partition that nobody watches. */
    TransitionListener NONE = (task, from) -> {};

    /**
     * @param task is in its new state; of an attempt that has just ended, worker and lease's end are not known any more
     * @param from {@link TaskState#NONE} when the task has just been made
     */
    void moved(TaskCursor task, TaskState from);
}
