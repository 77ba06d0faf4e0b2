package io.telpher.broker.core.command;

import io.telpher.broker.core.state.Invariant;
import io.telpher.broker.core.state.Queues;
import io.telpher.broker.core.state.TaskQueue;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.Submit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The queues that a plan of submits touches, the missing ones not made yet, and how many places it takes in each. Mostly one. */
final class PlannedQueues {
    private final Queues queues;
    private final List<TaskQueue> touched = new ArrayList<>();
    private final List<TaskQueue> missing = new ArrayList<>();
    private long[] planned = new long[8];

    PlannedQueues(Queues queues) {
        this.queues = queues;
    }

    void clear() {
        touched.clear();
        missing.clear();
    }

    /** The submit's queue, planned when it is missing; null when there are too many. */
    @Nullable
    TaskQueue find(Submit submit) {
        return find(submit, Queues.QUEUES_MAX);
    }

    /** The same for a task that was promised when there were fewer queues. */
    TaskQueue findPromised(Submit submit) {
        return Invariant.present(find(submit, Queues.PROMISED_MAX), "more queues than were promised");
    }

    private @Nullable TaskQueue find(Submit submit, int queuesMax) {
        TaskQueue queue = queues.find(submit.buffer(), submit.queueOffset(), submit.queueLength());
        if (queue != null) {
            return queue;
        }
        String name = submit.queue();
        for (TaskQueue each : missing) {
            if (each.name().equals(name)) {
                return each;
            }
        }
        if (queues.count() + missing.size() >= queuesMax) {
            return null;
        }
        TaskQueue made = queues.plan(name);
        missing.add(made);
        return made;
    }

    Problem tooMany() {
        return new Problem(
                ErrorCode.BAD_REQUEST, "there are " + Queues.QUEUES_MAX + " queues already; no more are made");
    }

    void frees(TaskQueue queue) {
        planned[touch(queue)]--;
    }

    /** One more task for this queue; what stands in its way, null when nothing does. */
    @Nullable
    Problem takePlace(TaskQueue queue) {
        if (queue.refusesSubmits()) {
            return new Problem(
                    ErrorCode.QUEUE_PAUSED, "queue \"" + queue.name() + "\" is paused and refuses new tasks");
        }
        int at = touch(queue);
        if (queue.isFull(planned[at])) {
            return new Problem(
                    ErrorCode.QUEUE_FULL,
                    "queue \"" + queue.name() + "\" holds its max_tasks of "
                            + queue.policy().maxTasks());
        }
        planned[at]++;
        return null;
    }

    private int touch(TaskQueue queue) {
        int at = touched.indexOf(queue);
        if (at < 0) {
            at = touched.size();
            touched.add(queue);
            if (at == planned.length) {
                planned = Arrays.copyOf(planned, at * 2);
            }
            planned[at] = 0;
        }
        return at;
    }

    /** Makes the missing ones. */
    void create() {
        missing.forEach(queues::create);
    }
}
