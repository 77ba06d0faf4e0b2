package io.telpher.broker.core.command.task;

import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.task.Submit;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The queues that a plan of submits touches, the missing ones not made yet, and how many places it takes in each. Mostly one. */
final class PlannedQueues {
    private final PartitionState state;
    /** In the order of their names, which decides their numbers. */
    private final TreeMap<String, TaskQueue> missing = new TreeMap<>();
    /** Of each queue that is touched, once there are two; looked up only. A new one each time: clearing takes as long as it was ever large. */
    private IdentityHashMap<TaskQueue, Integer> placeOf = new IdentityHashMap<>();

    private @Nullable TaskQueue latest;
    private int latestPlace;
    private int touched;
    private long maker;
    private long[] planned = new long[8];

    PlannedQueues(PartitionState state) {
        this.state = state;
    }

    /** In whose name missing ones are made. */
    void begin(long inNameOf) {
        touched = 0;
        latest = null;
        missing.clear();
        if (!placeOf.isEmpty()) {
            placeOf = new IdentityHashMap<>();
        }
        maker = inNameOf;
    }

    /** In whose name missing ones are made. */
    long maker() {
        return maker;
    }

    /** The submit's queue, planned when it is missing. */
    TaskQueue find(Submit submit) {
        TaskQueue queue = state.queues().find(submit.buffer(), submit.queueOffset(), submit.queueLength());
        return queue != null ? queue : missing.computeIfAbsent(submit.queue(), state.queues()::plan);
    }

    /** Why the planned queues can't be made; null when they can. */
    @Nullable
    Problem limitProblem() {
        return missing.isEmpty() ? null : state.queues().problem(maker, missing.size() - 1);
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
        if (queue != latest) {
            latestPlace = place(queue, latest);
            latest = queue;
        }
        return latestPlace;
    }

    private int place(TaskQueue queue, @Nullable TaskQueue before) {
        if (before != null) {
            placeOf.putIfAbsent(before, latestPlace);
            Integer known = placeOf.putIfAbsent(queue, touched);
            if (known != null) {
                return known;
            }
        }
        int at = touched++;
        if (at == planned.length) {
            planned = Arrays.copyOf(planned, at * 2);
        }
        planned[at] = 0;
        return at;
    }

    /** Makes the missing ones. */
    void create() {
        if (!missing.isEmpty()) {
            missing.values().forEach(each -> state.queues().create(each, maker, state.nowMs()));
        }
    }
}
