package io.telpher.broker.core.state;

import io.telpher.protocol.Problem;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.QueuePolicyFields;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All queues, in creation order and by name. The own policy of the queue {@code default} is what every other queue follows in the
 * fields that were not set for itself.
 */
public final class Queues {
    public static final int QUEUES_MAX = 10_000;

    /** With what was promised to other partitions before {@link #QUEUES_MAX} was reached. */
    public static final int PROMISED_MAX = QUEUES_MAX + 6_000;

    private static final int TABLE_LENGTH = 1 << 15;

    private final List<TaskQueue> inCreationOrder = new ArrayList<>();
    /** Open addressing; index + 1, 0 = free. Never more than half full, never shrinks: queues stay. */
    private final short[] table = new short[TABLE_LENGTH];

    private final CopyOnChange copying;
    private QueuePolicyFields basePolicy = QueuePolicyFields.DEFAULT;

    Queues(CopyOnChange copying) {
        this.copying = copying;
    }

    public int count() {
        return inCreationOrder.size();
    }

    public TaskQueue get(int index) {
        return inCreationOrder.get(index);
    }

    public List<TaskQueue> inCreationOrder() {
        return inCreationOrder;
    }

    public @Nullable TaskQueue find(ByteBuffer buffer, int offset, int length) {
        int hash = Bytes.hash(buffer, offset, length);
        for (int i = start(hash); table[i] != 0; i = next(i)) {
            TaskQueue queue = inCreationOrder.get(table[i] - 1);
            if (queue.hash() == hash && Bytes.equal(queue.name(), buffer, offset, length)) {
                return queue;
            }
        }
        return null;
    }

    public @Nullable TaskQueue find(String name) {
        int hash = Bytes.hash(name);
        for (int i = start(hash); table[i] != 0; i = next(i)) {
            TaskQueue queue = inCreationOrder.get(table[i] - 1);
            if (queue.hash() == hash && queue.name().equals(name)) {
                return queue;
            }
        }
        return null;
    }

    /** A queue that is not there yet: {@link #create} makes it one, dropping it leaves no trace. */
    public TaskQueue plan(String name) {
        TaskQueue planned = new TaskQueue(name, Bytes.hash(name), copying);
        planned.policyOver(basePolicy);
        return planned;
    }

    public void create(TaskQueue planned) {
        Invariant.check(planned.index() < 0 && count() < PROMISED_MAX, "a queue created twice or beyond the limit");
        planned.created(count());
        inCreationOrder.add(planned);
        int i = start(planned.hash());
        while (table[i] != 0) {
            i = next(i);
        }
        table[i] = (short) count();
    }

    /** Sets the given fields of the queue's own policy, and through {@code default} those of queues that follow it. */
    public void put(TaskQueue queue, QueuePolicyFields changes) {
        queue.put(changes);
        if (queue.name().equals(QueueName.DEFAULT)) {
            basePolicy = queue.ownPolicy().over(QueuePolicyFields.DEFAULT);
            inCreationOrder.forEach(each -> each.policyOver(basePolicy));
        } else {
            queue.policyOver(basePolicy);
        }
    }

    /** Why the queue's own policy can't be changed like this; null when it can. */
    public @Nullable Problem problem(TaskQueue queue, QueuePolicyFields changes) {
        Problem problem = changes.over(queue.ownPolicy()).problem();
        // By themselves they are looked at where they come in.
        return problem == null
                ? null
                : new Problem(problem.code(), problem.message() + ", together with what the queue has already");
    }

    private static int start(int hash) {
        return hash >>> 8 & TABLE_LENGTH - 1;
    }

    private static int next(int i) {
        return i + 1 & TABLE_LENGTH - 1;
    }
}
