package io.telpher.broker.core.image;

import io.telpher.broker.core.queue.CopyOnChange;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.snapshot.BlockReader;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.broker.core.snapshot.DamagedSnapshotException;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.Queues;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.QueuePolicyFields;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Queues in a snapshot, one by one: in their turn, or right before one changes. */
final class QueueBlocks {
    private static final PolicyField[] POLICY_FIELDS = PolicyField.values();
    private static final int BYTES_BUT_TEXTS = 290 + POLICY_FIELDS.length * Long.BYTES;

    private final Queues queues;
    private final int end;
    private int next;

    /** The queues that are there now. */
    QueueBlocks(Queues queues) {
        this.queues = queues;
        this.end = queues.numbers();
    }

    /** One that is still to be written; null when all are. */
    @Nullable
    TaskQueue next(CopyOnChange copying) {
        while (next < end) {
            TaskQueue queue = queues.at(next++);
            if (queue != null && queue.copied != copying.number()) {
                return queue;
            }
        }
        return null;
    }

    static void write(TaskQueue queue, BlockWriter out) {
        out.entry(BYTES_BUT_TEXTS + BlockWriter.textBytes(queue.name()) + queue.remarkBytes());
        out.i32(queue.index()).text(queue.name());
        writePolicy(queue.ownPolicy(), out);
        queue.write(out);
    }

    private static void writePolicy(QueuePolicyFields policy, BlockWriter out) {
        for (PolicyField field : POLICY_FIELDS) {
            out.i64(policy.get(field));
        }
    }

    static TaskQueue queue(PartitionState state, int index) {
        TaskQueue queue = state.queues().at(index);
        if (queue == null) {
            throw new DamagedSnapshotException("queue number " + index + ", which is not there");
        }
        return queue;
    }

    /** The queues of a snapshot that is read. */
    static final class Read {
        private final Queues queues;
        private final List<Numbered> numbered = new ArrayList<>();

        private record Numbered(int index, TaskQueue queue, QueuePolicyFields policy) {}

        Read(Queues queues) {
            this.queues = queues;
        }

        void read(BlockReader in) {
            while (in.hasMore()) {
                int index = in.i32();
                TaskQueue queue = queues.plan(in.text());
                QueuePolicyFields policy = readPolicy(in);
                queue.restore(in);
                numbered.add(new Numbered(index, queue, policy));
            }
        }

        /** Before anything that speaks of a queue by its number. */
        void create() {
            numbered.sort(Comparator.comparingInt(Numbered::index));
            for (Numbered each : numbered) {
                queues.restore(each.queue, each.index, each.policy);
            }
            numbered.clear();
        }

        private static QueuePolicyFields readPolicy(BlockReader in) {
            QueuePolicyFields policy = QueuePolicyFields.NOTHING;
            for (PolicyField field : POLICY_FIELDS) {
                policy = policy.with(field, in.i64());
            }
            return policy;
        }
    }
}
