package io.telpher.broker.sim;

import io.telpher.protocol.Priority;
import io.telpher.protocol.queue.QueuePolicyFields;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A queue as the reference model knows it. */
final class ReferenceQueue {
    final String name;
    QueuePolicyFields own = QueuePolicyFields.NOTHING;
    QueuePolicyFields policy;
    boolean paused;
    boolean refusesSubmits;
    String pauseReason = "";
    String note = "";

    /** By priority; those tried before ahead of the new ones. */
    final List<Deque<ReferenceTask>> returns = new ArrayList<>();

    final List<Deque<ReferenceTask>> fresh = new ArrayList<>();
    final NavigableSet<ReferenceTask> dead = new TreeSet<>(ReferenceTask.BY_DEATH);
    long live;
    /** False for a name that is only waited for, or whose queue was deleted. */
    boolean listed;
    /** Remembered in whatever state. */
    long tasks;
    /** In whose name it was made; 0 = of nobody who is counted. */
    long maker;
    /** Since when nothing needs it; {@link Long#MAX_VALUE} while something does. */
    long idleSinceMs = Long.MAX_VALUE;

    ReferenceQueue(String name, QueuePolicyFields policy) {
        this.name = name;
        this.policy = policy;
        for (int i = 0; i < Priority.COUNT; i++) {
            returns.add(new ArrayDeque<>());
            fresh.add(new ArrayDeque<>());
        }
    }

    Deque<ReferenceTask> lane(ReferenceTask task) {
        return (task.returned ? returns : fresh).get(task.priority);
    }

    /** The task whose turn it is; null when nothing can be handed out. */
    @Nullable
    ReferenceTask next() {
        for (int i = 0; i < Priority.COUNT && !paused; i++) {
            ReferenceTask next = returns.get(i).isEmpty()
                    ? fresh.get(i).peek()
                    : returns.get(i).peek();
            if (next != null) {
                return next;
            }
        }
        return null;
    }

    boolean isFull(long planned) {
        return policy.maxTasks() > 0 && live + planned >= policy.maxTasks();
    }
}
