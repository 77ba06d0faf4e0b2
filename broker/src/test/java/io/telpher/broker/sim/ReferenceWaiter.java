package io.telpher.broker.sim;

import java.util.List;

/** A reserve, waiting or served at once. */
final class ReferenceWaiter {
    final long serial;
    final long session;
    final int max;
    final int leaseMs;
    final long deadlineMs;
    final List<ReferenceQueue> queues;

    ReferenceWaiter(long serial, long session, int max, int leaseMs, long deadlineMs, List<ReferenceQueue> queues) {
        this.serial = serial;
        this.session = session;
        this.max = max;
        this.leaseMs = leaseMs;
        this.deadlineMs = deadlineMs;
        this.queues = queues;
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
