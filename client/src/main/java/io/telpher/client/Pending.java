package io.telpher.client;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts what callers asked for and is not answered, so that a flush can wait for what was accepted before it. Two counters take turns: a flush has new requests counted by the
 * other one, and waits for this one to come to 0, however much is asked for meanwhile. Thread-safe.
 */
final class Pending {
    private final LongAdder[] counts = {new LongAdder(), new LongAdder()};
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition answered = lock.newCondition();
    private final ReentrantLock flushes = new ReentrantLock();
    private volatile int turn;
    /** True while a flush waits: the thread that answers a request must signal it. */
    private volatile boolean flushing;

    /** Returns what {@link #ended} is to be given. */
    int began() {
        int counter = turn;
        counts[counter].increment();
        return counter;
    }

    void ended(int counter) {
        counts[counter].decrement();
        // A flush says that it waits before it looks at the counters, so one of the two sees the other.
        if (flushing) {
            lock.lock();
            try {
                answered.signal();
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Waits until everything is answered that was asked for before this call.
     *
     * @return false when it is not after {@code nanosMax}
     */
    boolean flush(long nanosMax) throws InterruptedException {
        long endNanos = System.nanoTime() + nanosMax;
        if (!flushes.tryLock(nanosMax, TimeUnit.NANOSECONDS)) {
            return false;
        }
        flushing = true;
        try {
            // What the last flush gave up on may still be counted by the other one.
            return drain(1 - turn, endNanos) && drain(swap(), endNanos);
        } finally {
            flushing = false;
            flushes.unlock();
        }
    }

    private int swap() {
        int before = turn;
        turn = 1 - before;
        return before;
    }

    private boolean drain(int counter, long endNanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = endNanos - System.nanoTime();
            while (counts[counter].sum() > 0) {
                if (left <= 0) {
                    return false;
                }
                left = answered.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }
}
