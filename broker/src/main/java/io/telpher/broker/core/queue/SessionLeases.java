package io.telpher.broker.core.queue;

import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A connection that holds leases or waits for tasks: its leases in the order given, its waiting reserves in the order they came. */
public final class SessionLeases {
    private final long id;
    private @Nullable Lease firstLease;
    private @Nullable Lease lastLease;
    private @Nullable Waiter firstWaiter;
    private @Nullable Waiter lastWaiter;
    private int leases;
    private int waiters;

    SessionLeases(long id) {
        this.id = id;
    }

    public long id() {
        return id;
    }

    public @Nullable Waiter firstWaiter() {
        return firstWaiter;
    }

    /** The one with this request id; null when none waits. */
    public @Nullable Waiter waiter(int requestId) {
        Waiter waiter = firstWaiter;
        while (waiter != null && waiter.requestId() != requestId) {
            waiter = waiter.nextOfSession;
        }
        return waiter;
    }

    /** Of the task leased longest ago; null when this session holds none. */
    @Nullable
    public Lease firstLease() {
        return firstLease;
    }

    public int leaseCount() {
        return leases;
    }

    public int waiterCount() {
        return waiters;
    }

    /** Request ids of the waiting reserves, in the order they came, at most {@code max}. */
    public int[] waitingRequests(int max) {
        return waitingRequests(max, waiter -> true);
    }

    /** Request ids of the matching reserves, in the order of their waiting. */
    public int[] waitingRequests(int max, Predicate<Waiter> wanted) {
        int[] ids = new int[Math.min(waiters, max)];
        int i = 0;
        for (Waiter waiter = firstWaiter; waiter != null && i < ids.length; waiter = waiter.nextOfSession) {
            if (wanted.test(waiter)) {
                ids[i++] = waiter.requestId();
            }
        }
        return Arrays.copyOf(ids, i);
    }

    boolean isIdle() {
        return firstLease == null && firstWaiter == null;
    }

    public void add(Lease lease) {
        leases++;
        lease.previousOfSession = lastLease;
        lease.nextOfSession = null;
        if (lastLease == null) {
            firstLease = lease;
        } else {
            lastLease.nextOfSession = lease;
        }
        lastLease = lease;
    }

    public void remove(Lease lease) {
        leases--;
        Lease before = lease.previousOfSession;
        Lease behind = lease.nextOfSession;
        if (before == null) {
            firstLease = behind;
        } else {
            before.nextOfSession = behind;
        }
        if (behind == null) {
            lastLease = before;
        } else {
            behind.previousOfSession = before;
        }
        lease.previousOfSession = null;
        lease.nextOfSession = null;
    }

    public void add(Waiter waiter) {
        waiters++;
        waiter.previousOfSession = lastWaiter;
        if (lastWaiter == null) {
            firstWaiter = waiter;
        } else {
            lastWaiter.nextOfSession = waiter;
        }
        lastWaiter = waiter;
    }

    public void remove(Waiter waiter) {
        waiters--;
        Waiter before = waiter.previousOfSession;
        Waiter behind = waiter.nextOfSession;
        if (before == null) {
            firstWaiter = behind;
        } else {
            before.nextOfSession = behind;
        }
        if (behind == null) {
            lastWaiter = before;
        } else {
            behind.previousOfSession = before;
        }
        waiter.previousOfSession = null;
        waiter.nextOfSession = null;
    }
}
