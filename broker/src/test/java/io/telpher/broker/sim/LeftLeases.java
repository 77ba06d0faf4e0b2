package io.telpher.broker.sim;

import io.telpher.broker.core.Partition;
import io.telpher.broker.journal.Record;
import io.telpher.protocol.OnDisconnect;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Extend;
import java.util.HashMap;
import java.util.Map;

/** Leases whose connections ended with their leader: until when each may wait for its worker, worked out from the moment of NEW_TERM alone. */
final class LeftLeases {
    private static final long LATE_MS = 10;

    private final Map<Long, Long> untilMs = new HashMap<>();

    /** The model, as it is before it applies the record. */
    void before(Record record, ReferenceState model) {
        int type = Frame.typeCode(record.buffer(), record.frameOffset());
        if (type == MessageType.NEW_TERM.code()) {
            untilMs.keySet().removeIf(lease -> model.tasks.values().stream()
                    .noneMatch(task -> task.state == TaskState.ACTIVE && task.leaseId == lease));
            long downMs = record.stampMs() - model.nowMs; // while nobody led no worker could come back
            untilMs.replaceAll((lease, until) -> until + downMs);
            for (ReferenceTask task : model.tasks.values()) {
                boolean isTied = task.session != 0
                        && (task.session & Partition.HTTP_SESSION_BIT) == 0
                        && task.queue.policy.onDisconnect() != OnDisconnect.KEEP;
                if (task.state == TaskState.ACTIVE && (isTied || untilMs.containsKey(task.leaseId))) {
                    long graceMs = Math.max(SimulatedNode.RESUME_MS, task.queue.policy.disconnectGraceMs());
                    untilMs.merge(task.leaseId, record.stampMs() + graceMs, Math::max);
                }
            }
        } else if (type == MessageType.EXTEND.code()) {
            untilMs.remove(
                    new Extend().wrap(record.buffer(), record.frameOffset()).leaseId());
        }
    }

    /** Everything that is due by now has happened. */
    void check(ReferenceState model, long nowMs) {
        for (ReferenceTask task : model.tasks.values()) {
            long until = untilMs.getOrDefault(task.leaseId, Long.MAX_VALUE - LATE_MS);
            Rule.UNCLAIMED_LEASES_COME_BACK.holds(
                    task.state != TaskState.ACTIVE || until + LATE_MS >= nowMs,
                    () -> TaskId.format(TaskId.of(0, task.sequence)) + " is leased since an earlier leader, and was to"
                            + " come back " + (nowMs - until) + " ms ago");
        }
    }
}
