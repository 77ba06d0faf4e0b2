package io.telpher.broker.core;

import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.state.TaskQueue;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import java.util.function.Consumer;

/** One page of a queue's dead letters. */
final class DeadLetterPage {
    private final PartitionState state;
    private final TaskCursor task;
    private int left;
    private boolean started;

    DeadLetterPage(PartitionState state, TaskCursor task, int limit) {
        this.state = state;
        this.task = task;
        this.left = limit;
    }

    void show(TaskQueue queue, long afterTaskId, Consumer<TaskCursor> each) {
        boolean afterIsDead = task.find(afterTaskId) && task.state() == TaskState.DEAD && task.taskQueue() == queue;
        started = !afterIsDead;
        state.forEachDead(queue, sequence -> {
            if (started && left > 0 && task.moveTo(sequence)) {
                each.accept(task);
                left--;
            }
            started |= sequence == TaskId.sequence(afterTaskId);
        });
    }
}
