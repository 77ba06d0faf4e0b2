package io.telpher.client;

import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The leases that a worker held when its connection was lost. The broker may give their tasks to others meanwhile, so that many outcomes do
 * not count at the same time: said in one line, when the last of them is settled. Thread-safe.
 */
final class LostConnection {
    private static final System.Logger LOG = System.getLogger(WorkerOptions.LOGGER);

    private final String worker;
    private final int held;
    private final Set<Long> unsettled = ConcurrentHashMap.newKeySet();
    private final AtomicInteger uncounted = new AtomicInteger();

    LostConnection(String worker, Collection<Long> leaseIds) {
        this.worker = worker;
        unsettled.addAll(leaseIds);
        this.held = unsettled.size();
    }

    private boolean holds(long leaseId) {
        return unsettled.contains(leaseId);
    }

    /** The outcome is refused, or not sent any more; {@link #settled} follows. */
    void didNotCount(ReservedTask task, String reason) {
        if (holds(task.leaseId())) {
            uncounted.incrementAndGet();
        } else {
            LOG.log(System.Logger.Level.INFO, "the outcome of task {0} did not count: {1}", task.id(), reason);
        }
    }

    void settled(long leaseId) {
        boolean wasLast = unsettled.remove(leaseId) && unsettled.isEmpty();
        if (wasLast && uncounted.get() > 0) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "worker {0} lost its connection: the outcomes of {1} of the {2} tasks it held did not count",
                    worker,
                    uncounted.get(),
                    held);
        }
    }

    /** Settles the leases that are not running any more: their handlers ended while the connection was being lost. */
    void keepOnly(Set<Long> running) {
        for (long leaseId : unsettled) {
            if (!running.contains(leaseId)) {
                settled(leaseId);
            }
        }
    }
}
