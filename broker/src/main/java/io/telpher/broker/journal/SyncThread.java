package io.telpher.broker.journal;

import io.telpher.broker.thread.Threads;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Forces what was appended, while the partition's thread fills the next batch: everything that gathered during one sync is covered by
 * the next. A failed force is never tried again, since the kernel may have dropped the pages it could not write.
 */
final class SyncThread {
    /** After so much quiet the journal notes what was synced last, so that damage to the last group shows. */
    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** While syncs are quicker than this, a small one is done by the thread that wants it: handing it over and back takes 0.1 ms. */
    private static final long QUICK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** Brings to the disk what was appended before it was called. */
    @FunctionalInterface
    interface Force {
        void run() throws IOException;
    }

    private final SyncPolicy policy;
    private final Force force;
    private final Runnable wakeUp;
    private final ReentrantLock syncing = new ReentrantLock();
    private final Thread thread;

    // Written by the partition's thread.
    private volatile long appended;
    private volatile long wanted;
    private volatile SyncObserver observer = (nanos, records) -> {};
    private volatile boolean noteWanted;
    private volatile boolean stopping;

    // Written by whoever syncs.
    private volatile long synced;
    private volatile long lastNanos;
    private volatile long beganNanos;
    private volatile boolean isForcing;

    // Written by this thread.
    private long announced;
    private volatile boolean asleep;
    private volatile boolean quiet;
    private volatile @Nullable Throwable failure;

    /**
     * @param force called by one thread at a time, by this one or the partition's
     * @param synced the place of the last record that needs no force
     * @param wakeUp called after each sync by this thread, and when there is news otherwise
     */
    SyncThread(SyncPolicy policy, Force force, long synced, Runnable wakeUp) {
        this.thread = Threads.daemon("telpher-sync", this::run, this::failed);
        this.policy = policy;
        this.force = force;
        this.synced = synced;
        this.announced = synced;
        this.appended = synced;
        this.wanted = synced;
        this.wakeUp = wakeUp;
    }

    void start() {
        thread.start();
    }

    Thread thread() {
        return thread;
    }

    void join() throws InterruptedException {
        thread.join();
    }

    void observer(SyncObserver told) {
        observer = told;
    }

    /** @param isWanted whether someone waits for it to be synced: {@link #request} or {@link #tryHere} must follow */
    void appended(long place, boolean isWanted) {
        appended = place;
        if (isWanted) {
            wanted = place;
        }
    }

    /** Has what is wanted synced by this thread. */
    void request() {
        LockSupport.unpark(thread);
    }

    /** Syncs what is wanted on the caller's thread, if that promises to be quick and nobody is at it; false = nothing was done. */
    boolean tryHere() {
        if (policy.mode() != SyncPolicy.Mode.BATCH || lastNanos > QUICK_NANOS || !syncing.tryLock()) {
            return false;
        }
        try {
            force();
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        } finally {
            syncing.unlock();
        }
        if (asleep) {
            LockSupport.unpark(thread);
        }
        return true;
    }

    /** Any thread. */
    boolean isQuick() {
        return lastNanos <= QUICK_NANOS;
    }

    /** A batch without records was appended, to be kept like any. */
    void noteAppended() {
        noteWanted = true;
        LockSupport.unpark(thread);
    }

    long synced() {
        return synced;
    }

    /** True once after everything wanted was synced and nothing came for a while. */
    boolean takeQuiet() {
        boolean was = quiet;
        if (was) {
            quiet = false;
        }
        return was;
    }

    /** How long the force under way has taken by now; 0 when there is none. Any thread. */
    long forcingNanos() {
        return isForcing ? Math.max(0, System.nanoTime() - beganNanos) : 0;
    }

    @Nullable
    Throwable failure() {
        return failure;
    }

    void finish() {
        stopping = true;
        LockSupport.unpark(thread);
    }

    private void run() {
        try {
            while (!stopping) {
                if (wanted > synced || noteWanted) {
                    sync();
                } else {
                    rest();
                }
            }
            if (policy.mode() != SyncPolicy.Mode.NONE || wanted > synced) {
                sync();
            }
        } catch (IOException e) {
            failed(e);
        }
    }

    /** Whatever it is that ended the thread: nothing is confirmed from here on, and the partition's thread learns why. */
    private void failed(Throwable cause) {
        failure = cause;
        wakeUp.run();
    }

    private void rest() {
        long before = synced;
        if (announced == before) {
            asleep = true;
            if (announced == synced && wanted <= synced && !noteWanted && !stopping) {
                LockSupport.park(this);
            }
            asleep = false;
            return;
        }
        LockSupport.parkNanos(this, QUIET_NANOS);
        if (before == synced && wanted <= before && !noteWanted && !stopping) {
            announced = before;
            quiet = true;
            wakeUp.run();
        }
    }

    private void sync() throws IOException {
        if (policy.mode() == SyncPolicy.Mode.INTERVAL && !stopping) {
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(policy.intervalMs()));
        }
        syncing.lock();
        try {
            if (wanted > synced || noteWanted || stopping) {
                force();
            }
        } finally {
            syncing.unlock();
        }
        wakeUp.run();
    }

    private void force() throws IOException {
        // In this order: what is appended later need not be covered.
        long target = appended;
        noteWanted = false;
        long start = System.nanoTime();
        beganNanos = start;
        isForcing = true;
        force.run();
        isForcing = false;
        lastNanos = System.nanoTime() - start;
        observer.synced(lastNanos, target - synced);
        synced = target;
    }
}
