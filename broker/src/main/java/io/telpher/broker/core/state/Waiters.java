package io.telpher.broker.core.state;

import io.telpher.broker.core.queue.ReserveTerms;
import io.telpher.broker.core.queue.SessionLeases;
import io.telpher.broker.core.queue.Waiter;
import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.time.DeadlineWheel;

/** All waiting reserves: by deadline, in the line of each queue they wait for (which need not be there yet), and in the list of their session. */
public final class Waiters {
    public static final int WAITERS_MAX = 100_000;

    private final PartitionState state;
    public final DeadlineWheel<Waiter> byDeadline = new DeadlineWheel<>();
    private WaiterListener listener = WaiterListener.NONE;
    private long nextSerial = 1;

    Waiters(PartitionState state) {
        this.state = state;
    }

    /** The one whose wait ends first; there must be one. */
    public Waiter first() {
        return byDeadline.first();
    }

    /** Sets the listener for reserves that begin or end to wait. */
    public void listener(WaiterListener told) {
        listener = told;
    }

    public int count() {
        return byDeadline.size();
    }

    public void add(SessionLeases session, ReserveTerms terms) {
        Invariant.check(count() < WAITERS_MAX, "more waiting reserves than the limit");
        add(new Waiter(nextSerial++, session, terms));
        listener.waits(session.id(), true);
    }

    /** In the order of their serials. */
    public void restore(long serial, SessionLeases session, ReserveTerms terms) {
        add(new Waiter(serial, session, terms));
    }

    public void nextSerial(long serial) {
        nextSerial = serial;
    }

    private void add(Waiter waiter) {
        byDeadline.add(waiter);
        waiter.session().add(waiter);
        for (Waiter.Place place : waiter.places) {
            state.queues()
                    .await(
                            place.queue,
                            state.queues().makers().of(waiter.session().id()));
            place.queue.waiting.add(place);
            state.queues().settle(place.queue, state.nowMs());
        }
    }

    public void remove(Waiter waiter) {
        byDeadline.remove(waiter);
        waiter.session().remove(waiter);
        for (Waiter.Place place : waiter.places) {
            place.queue.waiting.remove(place);
            state.queues().settle(place.queue, state.nowMs());
        }
        listener.waits(waiter.session().id(), false);
    }

    public long nextSerial() {
        return nextSerial;
    }
}
