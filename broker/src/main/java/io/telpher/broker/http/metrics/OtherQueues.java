package io.telpher.broker.http.metrics;

import io.telpher.protocol.queue.QueueView;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/**
 * Queues that have no series of their own are shown together, as queue {@link #NAME}. Their counters go by what happens from the moment there are such queues, and not by a sum over
 * queues: that would fall with each queue that goes, and a counter that falls looks like one that began anew. Thread-safe.
 */
final class OtherQueues {
    /** A queue that has this very name is one of them. */
    static final String NAME = "others";

    private final LongAdder submitted = new LongAdder();
    private final LongAdder completed = new LongAdder();
    private final LongAdder died = new LongAdder();
    private volatile boolean crowded;
    /** Who has series, while not all have. */
    private volatile Set<String> shown = Set.of();

    /**
     * From here on these have series of their own.
     *
     * @param all whether there are no others
     */
    void shown(Set<String> names, boolean all) {
        shown = all ? Set.of() : Set.copyOf(names);
        crowded = !all;
    }

    boolean has(String queue) {
        return crowded ? !shown.contains(queue) : queue.equals(NAME);
    }

    void submitted(String queue) {
        if (has(queue)) {
            submitted.increment();
        }
    }

    void completed(String queue) {
        if (has(queue)) {
            completed.increment();
        }
    }

    void died(String queue) {
        if (has(queue)) {
            died.increment();
        }
    }

    /** Adds the figures of one queue to the sum of all. The ready tasks of a paused queue have no age: they do not wait for workers. */
    static void add(QueueView each, QueueView all) {
        for (int i = 0; i < all.ready.length; i++) {
            all.ready[i] += each.ready[i];
        }
        all.scheduled += each.scheduled;
        all.retryWait += each.retryWait;
        all.active += each.active;
        all.dead += each.dead;
        all.waiters += each.waiters;
        all.oldestReadyAgeMs = Math.max(all.oldestReadyAgeMs, each.paused ? 0 : each.oldestReadyAgeMs);
    }

    /** Sets the counters. */
    void count(QueueView all) {
        all.name = NAME;
        all.submitted = submitted.sum();
        all.completed = completed.sum();
        all.died = died.sum();
    }
}
