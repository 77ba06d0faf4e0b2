package io.telpher.broker.partition.salvage;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.queue.Remark;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.queue.PauseQueue;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.queue.ResumeQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Keeps queues from refusing what they accepted once: some tasks that are gone from them in truth are still there, since the records that
 * say so are lost.
 */
final class SalvageLimits {
    private final Partition partition;
    private final SalvageTarget target;
    private final FrameWriter out = new FrameWriter();
    private final Map<String, Long> limits = new TreeMap<>();
    private final Map<String, Remark> refusing = new TreeMap<>();

    SalvageLimits(Partition partition, SalvageTarget target) {
        this.partition = partition;
        this.target = target;
    }

    /** Of all queues; again after each record that sets one. */
    void lift() {
        List<QueueCursor> all = new ArrayList<>();
        partition.queues("", all::add);
        for (QueueCursor queue : all) {
            String name = queue.name();
            if (queue.refusesSubmits()) {
                refusing.put(name, queue.pause());
                target.apply(ResumeQueue.write(out.clear(), 0, name));
            }
            if (queue.ownPolicy().maxTasks() > 0) {
                limits.put(name, queue.ownPolicy().maxTasks());
                target.apply(PutQueue.write(out.clear(), 0, name, limit(0)));
            }
        }
    }

    /** RESUME_QUEUE was among the records. */
    void resumed(String queue) {
        refusing.remove(queue);
    }

    /** PUT_QUEUE was, with a limit or without. */
    void put(String queue, QueuePolicyFields policy) {
        if (policy.maxTasks() == 0) {
            limits.remove(queue);
        }
    }

    void restore() {
        limits.forEach((queue, limit) -> target.apply(PutQueue.write(out.clear(), 0, queue, limit(limit))));
        refusing.forEach(
                (queue, why) -> target.apply(PauseQueue.write(out.clear(), 0, queue, true, why.text(), why.by())));
    }

    private static QueuePolicyFields limit(long maxTasks) {
        return QueuePolicyFields.NOTHING.with(PolicyField.MAX_TASKS, maxTasks);
    }
}
