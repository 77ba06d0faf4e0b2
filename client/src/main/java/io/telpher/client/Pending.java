package io.telpher.client;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Counts what callers asked for and is not answered, so that a flush can wait for what was accepted before it. Two counters take turns: a flush has new requests counted by the
 * other one, and waits for this one to come to 0, however much is asked for meanwhile. Thread-safe.
 */
final class Pending {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final LongAdder[] counts = {new LongAdder(), new LongAdder()};
    private volatile int turn;

    /** Returns what {@link #ended} is to be given. */
    int began() {
        int counter = turn;
        counts[counter].increment();
        return counter;
    }

    void ended(int counter) {
        counts[counter].decrement();
    }

    /**
     * Waits until everything is answered that was asked for before this call.
     *
     * @return false when it is not after {@code nanosMax}
     */
    synchronized boolean flush(long nanosMax) throws InterruptedException {
        long endNanos = System.nanoTime() + nanosMax;
        // What the last flush gave up on may still be counted by the other one.
        return drain(1 - turn, endNanos) && drain(swap(), endNanos);
    }

    private int swap() {
        int before = turn;
        turn = 1 - before;
        return before;
    }

    private boolean drain(int counter, long endNanos) throws InterruptedException {
        while (counts[counter].sum() > 0) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (endNanos - System.nanoTime() <= 0) {
                return false;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return true;
    }
}
