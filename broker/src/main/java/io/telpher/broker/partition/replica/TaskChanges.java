package io.telpher.broker.partition.replica;

import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.protocol.TaskState;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.agrona.collections.LongHashSet;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * Changes of watched tasks, on their way from the partitions' threads to one reader. Changes of other tasks are left out, and those that
 * find no room are only counted: a slow reader costs a partition nothing. Thread-safe; {@link #drain} is for one thread.
 */
public final class TaskChanges implements TransitionListener {
    /** Not taken yet. */
    private static final int WAITING_MAX = 1 << 13;

    private record Watched(LongHashSet taskIds, Set<String> queues) {}

    private static final Watched NOTHING = new Watched(new LongHashSet(), Set.of());

    private final ManyToOneConcurrentArrayQueue<TaskChange> waiting = new ManyToOneConcurrentArrayQueue<>(WAITING_MAX);
    private final AtomicLong lost = new AtomicLong();
    private final LongSupplier clock;
    private volatile Watched watched = NOTHING;

    /** @param clock ms since 1970 */
    public TaskChanges(LongSupplier clock) {
        this.clock = clock;
    }

    /** From here on these tasks, and all tasks of these queues. */
    public void watch(Collection<Long> taskIds, Set<String> queues) {
        LongHashSet ids = new LongHashSet();
        taskIds.forEach(id -> ids.add(id.longValue()));
        watched = ids.isEmpty() && queues.isEmpty() ? NOTHING : new Watched(ids, Set.copyOf(queues));
    }

    @Override
    public void moved(TaskCursor task, TaskState from) {
        Watched wanted = watched;
        if (wanted == NOTHING
                || !wanted.taskIds().contains(task.taskId()) && !wanted.queues().contains(task.queue())) {
            return;
        }
        TaskChange change = new TaskChange(
                task.taskId(),
                task.queue(),
                task.type(),
                from,
                task.state(),
                clock.getAsLong(),
                task.attempts(),
                task.leaseId(),
                task.worker());
        if (!waiting.offer(change)) {
            lost.incrementAndGet();
        }
    }

    /** Hands over what came since the last call. */
    public void drain(Consumer<TaskChange> each) {
        waiting.drain(each, WAITING_MAX);
    }

    /** How many found no room since the last call. */
    public long takeLost() {
        return lost.getAndSet(0);
    }
}
