package io.telpher.broker.core.queue;

import io.telpher.broker.core.hash.Mix;
import io.telpher.broker.core.time.Timed;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A reserve that waits for its first task. Serials grow, so the lowest has waited longest. */
public final class Waiter extends Timed {
    private final long serial;
    private final SessionLeases session;
    private final int requestId;
    private final int max;
    /** Lease length asked for, 0 = each task's own. */
    private final int leaseMs;

    private final String worker;
    private final List<Integer> weights;
    public final List<Place> places = new ArrayList<>();

    @Nullable
    Waiter nextOfSession;

    @Nullable
    Waiter previousOfSession;

    /** The waiter's place in one queue's line. */
    public static final class Place {
        final Waiter waiter;
        public final TaskQueue queue;

        @Nullable
        Place next;

        @Nullable
        Place previous;

        Place(Waiter waiter, TaskQueue queue) {
            this.waiter = waiter;
            this.queue = queue;
        }
    }

    public Waiter(long serial, SessionLeases session, ReserveTerms terms) {
        this.serial = serial;
        this.session = session;
        this.requestId = terms.requestId;
        this.max = terms.max;
        this.leaseMs = terms.leaseMs;
        this.worker = terms.worker;
        this.deadlineMs = terms.deadlineMs;
        this.weights = List.copyOf(terms.weights);
        for (TaskQueue queue : terms.queues) {
            places.add(new Place(this, queue));
        }
    }

    @Override
    protected long orderId() {
        return serial;
    }

    public long serial() {
        return serial;
    }

    public SessionLeases session() {
        return session;
    }

    public long weightsHash() {
        long hash = 0;
        for (int weight : weights) {
            hash = Mix.add(hash, weight);
        }
        return hash;
    }

    public int requestId() {
        return requestId;
    }

    /** Whether each queue that it waits for is one of these. */
    public boolean isForAll(Predicate<String> queues) {
        for (Place place : places) {
            if (!queues.test(place.queue.name())) {
                return false;
            }
        }
        return true;
    }

    /** Puts what was asked for back together, to be granted. */
    public void terms(ReserveTerms into) {
        into.requestId = requestId;
        into.max = max;
        into.leaseMs = leaseMs;
        into.worker = worker;
        into.deadlineMs = deadlineMs;
        into.weights.clear();
        into.weights.addAll(weights);
        into.queues.clear();
        for (Place place : places) {
            into.queues.add(place.queue);
        }
    }
}
