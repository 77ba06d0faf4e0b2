package io.telpher.broker.core.state;

import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.protocol.TaskState;

/** Is told of every change of a task's state, on the partition's thread, while the record is applied. Changes nothing itself. */
public interface TransitionListener {
    /** For a partition without an observer. */
    TransitionListener NONE = (task, from) -> {};

    /**
     * @param task is in its new state; of an attempt that has just ended, worker and lease's end are not known any more
     * @param from {@link TaskState#NONE} when the task has just been made
     */
    void moved(TaskCursor task, TaskState from);

    /** The queue is there no more; what is kept by its name or number can go. */
    default void deleted(TaskQueue queue) {}

    /** All of them, one after the other. */
    static TransitionListener all(TransitionListener... listeners) {
        TransitionListener[] each = listeners.clone();
        return new TransitionListener() {
            @Override
            public void moved(TaskCursor task, TaskState from) {
                for (TransitionListener listener : each) {
                    listener.moved(task, from);
                }
            }

            @Override
            public void deleted(TaskQueue queue) {
                for (TransitionListener listener : each) {
                    listener.deleted(queue);
                }
            }
        };
    }
}
