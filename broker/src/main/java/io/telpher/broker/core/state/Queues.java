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

    private static final int SEGMENT_BITS = 6;

    private final List<TaskQueue> inCreationOrder = new ArrayList<>();
    private final SlotTable byName =
            new SlotTable(SEGMENT_BITS, slot -> get(slot).hash());
    private final HashKey secret;
    private final CopyOnChange copying;
    private final TaskTable tasks;
    private QueuePolicyFields basePolicy = QueuePolicyFields.DEFAULT;

    Queues(CopyOnChange copying, HashKey secret, TaskTable tasks) {
        this.copying = copying;
        this.secret = secret;
        this.tasks = tasks;
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
        long hash = secret.of(buffer, offset, length);
        for (int slot = byName.first(hash); slot != SlotTable.NONE; slot = byName.next()) {
            if (Bytes.equal(get(slot).name(), buffer, offset, length)) {
                return get(slot);
            }
        }
        return null;
    }

    public @Nullable TaskQueue find(String name) {
        for (int slot = byName.first(secret.of(name)); slot != SlotTable.NONE; slot = byName.next()) {
            if (get(slot).name().equals(name)) {
                return get(slot);
            }
        }
        return null;
    }

    /** Places looked at to find queues, for tests of what it costs. */
    long looks() {
        return byName.looks();
    }

    /** A queue that is not there yet: {@link #create} makes it one, dropping it leaves no trace. */
    public TaskQueue plan(String name) {
        TaskQueue planned = new TaskQueue(name, secret.of(name), copying, tasks);
        planned.policyOver(basePolicy);
        return planned;
    }

    public void create(TaskQueue planned) {
        Invariant.check(planned.index() < 0 && count() < PROMISED_MAX, "a queue created twice or beyond the limit");
        planned.created(count());
        inCreationOrder.add(planned);
        byName.add(planned.index());
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
}
