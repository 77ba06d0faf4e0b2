package io.telpher.broker.core.state;

import io.telpher.broker.core.queue.CopyOnChange;
import io.telpher.broker.core.queue.Grace;
import io.telpher.broker.core.queue.Lease;
import io.telpher.broker.core.queue.SessionLeases;
import io.telpher.broker.core.time.DeadlineWheel;
import io.telpher.protocol.TaskId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** All running attempts: by slot, by deadline, and in the list of the session that holds them. Lease ids only grow. */
public final class Leases {
    /** How far a new term moves the ids on: more than can have been given since the last record that survived. */
    private static final long TERM_STEP = 1L << 24;

    /** No time to come back is set: the lease goes on. */
    static final long KEPT = -1;

    final DeadlineWheel<Lease> byDeadline = new DeadlineWheel<>();
    private final List<Lease> bySlot = new ArrayList<>();
    private final List<Lease> free = new ArrayList<>();
    private final CopyOnChange copying;
    private long lastLeaseId;
    private long lastBound;

    /** Ids of different partitions differ, too, and with at most 32 of them stay below 2^53, which JSON's readers bear. */
    Leases(CopyOnChange copying, Placement placement) {
        this.copying = copying;
        lastLeaseId = placement.partitions() == 1 ? 0 : TaskId.of(placement.partition(), 0);
    }

    public int count() {
        return byDeadline.size();
    }

    public long lastLeaseId() {
        return lastLeaseId;
    }

    long nextLeaseId() {
        return ++lastLeaseId;
    }

    public Lease get(int slot) {
        return bySlot.get(slot);
    }

    /** Slots given so far, free ones included. */
    public int slots() {
        return bySlot.size();
    }

    Lease begin(long sequence, @Nullable SessionLeases session, long nowMs, int leaseMs, String worker) {
        Lease lease = free.isEmpty() ? newSlot() : free.remove(free.size() - 1);
        copying.beforeChange(lease);
        lease.sequence = sequence;
        lease.leaseMs = leaseMs;
        lease.waitedMs = 0;
        lease.worker = worker;
        lease.progress = 0;
        lease.hasNote = false;
        lease.started = false;
        lease.grace = Grace.NONE;
        lease.deadlineMs = nowMs + leaseMs;
        byDeadline.add(lease);
        bind(lease, session);
        return lease;
    }

    /** Free until {@link #begin} or {@link #restored}. */
    public Lease newSlot() {
        Lease lease = new Lease(bySlot.size());
        bySlot.add(lease);
        return lease;
    }

    /** Of a new slot, filled as the lease was; a session's leases come in the order it got them. */
    public void restored(Lease lease, @Nullable SessionLeases session) {
        byDeadline.add(lease);
        bind(lease, session);
    }

    public void lastLeaseId(long id) {
        lastLeaseId = id;
    }

    void end(Lease lease) {
        copying.beforeChange(lease);
        byDeadline.remove(lease);
        bind(lease, null);
        lease.worker = "";
        free.add(lease);
    }

    /** From now on, whatever grace there was before. */
    void extend(Lease lease, long nowMs, int leaseMs) {
        copying.beforeChange(lease);
        lease.grace = Grace.NONE;
        lease.leaseMs = leaseMs;
        lease.deadlineMs = nowMs + leaseMs;
        byDeadline.moved(lease);
    }

    /** Held by no session until its worker resumes it; it ends at {@code untilMs} at the latest. */
    void beginGrace(Lease lease, Grace grace, long untilMs) {
        bind(lease, null);
        copying.beforeChange(lease);
        lease.grace = grace;
        lease.deadlineMs = Math.min(lease.deadlineMs, untilMs);
        byDeadline.moved(lease);
    }

    void bind(Lease lease, @Nullable SessionLeases session) {
        SessionLeases before = lease.session;
        if (before == session) {
            return;
        }
        copying.beforeChange(lease);
        if (before != null) {
            before.remove(lease);
        }
        lease.session = session;
        if (session != null) {
            lease.bound = ++lastBound;
            session.add(lease);
        }
    }

    /**
     * No session outlives a broker. Every lease has the time left that it had, but those that end with their connection have at most
     * the time that their worker is given to come back.
     *
     * @param resumeMs that time; {@link #KEPT} = this lease does not end with its connection
     */
    void newTerm(long nowMs, long downMs, ToLongFunction<Lease> resumeMs) {
        lastLeaseId += TERM_STEP;
        for (Lease lease : bySlot) {
            if (!lease.isEntered()) {
                continue;
            }
            copying.beforeChange(lease);
            lease.deadlineMs += downMs;
            boolean isTied = lease.session != null || lease.grace != Grace.NONE;
            long resume = isTied ? resumeMs.applyAsLong(lease) : KEPT;
            if (resume != KEPT) {
                restart(lease, nowMs + resume);
            }
            bind(lease, null);
            byDeadline.moved(lease);
        }
    }

    /** A grace that runs lasts at least as long as one that begins: no worker could come back while the broker was down. */
    private static void restart(Lease lease, long resumeUntilMs) {
        if (lease.grace == Grace.NONE) {
            lease.grace = Grace.RESTART;
            lease.deadlineMs = Math.min(lease.deadlineMs, resumeUntilMs);
        } else {
            lease.deadlineMs = Math.max(lease.deadlineMs, resumeUntilMs);
        }
    }
}
