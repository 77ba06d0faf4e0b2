package io.telpher.broker.partition.reply;

import io.telpher.broker.core.command.BatchOutcome;
import io.telpher.protocol.task.BatchSubmitted;

/**
 * The outcome of tasks that were handed over, in their order.
 *
 * @param standings as BATCH_SUBMITTED's entries have them behind the ids
 */
public record TransferredTasks(long[] ids, long[] standings) {
    static TransferredTasks of(BatchOutcome outcome) {
        TransferredTasks tasks = new TransferredTasks(new long[outcome.count()], new long[outcome.count()]);
        for (int i = 0; i < outcome.count(); i++) {
            tasks.ids[i] = outcome.taskId(i);
            tasks.standings[i] = BatchSubmitted.standing(outcome.state(i), outcome.duplicate(i));
        }
        return tasks;
    }

    int count() {
        return ids.length;
    }
}
