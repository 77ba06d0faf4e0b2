package io.telpher.broker.partition;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Which thread steps a partition: its own, or, while that one rests, a guest that has just received something and would otherwise have to wake it. Exactly
 * one at a time; what the one before wrote is seen by the next.
 *
 * <p>The invariant that loses no work: the thread that gives the seat up looks afterwards whether something arrived, and the thread that brings something looks afterwards
 * whether the seat is empty. At least one of the two sees the other.
 */
final class Seat {
    private static final int EMPTY = 0;
    private static final int OWN = 1;
    private static final int GUEST = 2;

    private final AtomicInteger holder = new AtomicInteger(OWN);
    private volatile boolean ownWaits;

    /** The own thread's: it rests from here on. */
    void leave() {
        holder.set(EMPTY);
    }

    /** The own thread's; when false, the guest wakes it as it leaves. */
    boolean enter() {
        ownWaits = true;
        boolean has = holder.compareAndSet(EMPTY, OWN);
        ownWaits = !has;
        return has;
    }

    /** Any other thread's. */
    boolean enterAsGuest() {
        return holder.compareAndSet(EMPTY, GUEST);
    }

    /** @return whether the own thread has to be woken */
    boolean leaveAsGuest() {
        holder.set(EMPTY);
        return ownWaits;
    }

    boolean isEmpty() {
        return holder.get() == EMPTY;
    }
}
