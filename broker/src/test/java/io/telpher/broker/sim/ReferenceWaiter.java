package io.telpher.broker.sim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A reserve, waiting or served at once. */
final class ReferenceWaiter {
    final long serial;
    final long session;
    final int max;
    final int leaseMs;
    final long deadlineMs;
    final List<ReferenceQueue> queues;
    /** Of each queue; empty without weights. */
    final List<Integer> weights;

    ReferenceWaiter(
            long serial,
            long session,
            int max,
            int leaseMs,
            long deadlineMs,
            List<ReferenceQueue> queues,
            List<Integer> weights) {
        this.weights = weights;
        this.serial = serial;
        this.session = session;
        this.max = max;
        this.leaseMs = leaseMs;
        this.deadlineMs = deadlineMs;
        this.queues = queues;
    }

    /** The queue that the next task comes from; null when none has one. */
    @Nullable
    ReferenceQueue next(long lastLeaseId) {
        List<ReferenceQueue> tickets = new ArrayList<>();
        for (int i = 0; i < queues.size(); i++) {
            if (queues.get(i).next() != null) {
                tickets.addAll(Collections.nCopies(weights.isEmpty() ? 1 : weights.get(i), queues.get(i)));
            }
        }
        if (tickets.isEmpty() || weights.isEmpty()) {
            return tickets.isEmpty() ? null : tickets.get(0);
        }
        long fraction = lastLeaseId * 0x9E3779B97F4A7C15L >>> 32;
        return tickets.get((int) (fraction * tickets.size() / (1L << 32)));
    }

    boolean hasWork() {
        for (ReferenceQueue queue : queues) {
            if (queue.next() != null) {
                return true;
            }
        }
        return false;
    }
}
