package io.telpher.broker.core.queue;

import io.telpher.broker.core.time.Timed;
import org.jspecify.annotations.Nullable;

/** One running attempt. Pooled: a slot in {@code Leases} is used again after the lease ended. */
public final class Lease extends Timed {
    public final int slot;
    public long sequence;
    public int leaseMs;
    /** How long the task had been ready when it was given; for figures only, so a snapshot doesn't keep it. */
    public long waitedMs;

    public String worker = "";
    public int progress;
    public boolean hasNote;
    public long noteLocation;

    /** Its worker has begun: it has extended the lease, or told of progress. */
    public boolean started;

    /** Other than {@link Grace#NONE}: {@link #deadlineMs} is the time until which the worker may resume the lease. */
    public Grace grace = Grace.NONE;

    /** Null while its holder is not connected. */
    @Nullable
    public SessionLeases session;

    /** Grows with each binding to a session: the order in which a session holds its leases. */
    public long bound;

    @Nullable
    Lease nextOfSession;

    @Nullable
    Lease previousOfSession;

    public Lease(int slot) {
        this.slot = slot;
    }

    @Override
    protected long orderId() {
        return sequence;
    }
}
