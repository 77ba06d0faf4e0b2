package io.telpher.broker.journal;

import static io.telpher.broker.Interleavings.join;
import static io.telpher.broker.Interleavings.require;

import io.telpher.broker.Interleavings;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The partition's thread and the sync thread, in every order that Lincheck comes upon. What holds in each is what would hold with one thread: what counts as
 * synced was appended before a force began that has ended, whoever did it; what is wanted gets synced; after a failed force nothing more is.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SyncHandOverInterleavingsTest {
    private static final int LAST = 2;

    /** Stands for the file. */
    private static final class Disk implements SyncThread.Force {
        private final int forcesMax;
        private int forces;
        private boolean isBusy;
        private volatile long appended;
        private volatile long kept;

        /** @param forcesMax the next one fails */
        Disk(int forcesMax) {
            this.forcesMax = forcesMax;
        }

        @Override
        public void run() throws IOException {
            require(!isBusy, "one force at a time");
            isBusy = true;
            long target = appended;
            if (forces++ >= forcesMax) {
                require(forces == forcesMax + 1, "a failed force is never tried again");
                throw new IOException("no disk");
            }
            kept = target;
            isBusy = false;
        }
    }

    @Test
    void shouldSyncAllThatIsWantedAndClaimNoMore() {
        Interleavings.check(() -> appendAndWait(true));
    }

    @Test
    void shouldSyncOnItsOwnThreadAllThatIsWanted() {
        Interleavings.check(() -> appendAndWait(false));
    }

    @Test
    void shouldSyncWhenItEndsWhatNobodyWaitsFor() {
        Interleavings.check(SyncHandOverInterleavingsTest::end);
    }

    @Test
    void shouldClaimNothingAfterAForceThatFailed() {
        Interleavings.check(SyncHandOverInterleavingsTest::fail);
    }

    private static SyncThread started(Disk disk) {
        Thread partition = Thread.currentThread();
        AtomicReference<SyncThread> started = new AtomicReference<>();
        // The word of quiet, which comes later, wakes nobody here: it would hide that the word of a sync was missing.
        SyncThread syncs = new SyncThread(SyncPolicy.BATCH, disk, 0, () -> {
            if (!Objects.requireNonNull(started.get()).takeQuiet()) {
                LockSupport.unpark(partition);
            }
        });
        started.set(syncs);
        syncs.start();
        return syncs;
    }

    /** As the journal does: first the bytes, then the word of them. */
    private static void append(Disk disk, SyncThread syncs, long sequence, boolean isWanted) {
        disk.appended = sequence;
        syncs.appended(sequence, isWanted);
    }

    private static void requireKept(Disk disk, SyncThread syncs) {
        long claimed = syncs.synced();
        require(claimed <= disk.kept, "what counts as synced is on the disk");
    }

    /** @param isFirstHere whether the partition's thread forces the first if it can, and the sync thread the next one, or always the sync thread */
    private static void appendAndWait(boolean isFirstHere) {
        Disk disk = new Disk(Integer.MAX_VALUE);
        SyncThread syncs = started(disk);
        for (int sequence = 1; sequence <= LAST; sequence++) {
            append(disk, syncs, sequence, true);
            if (sequence > 1 || !isFirstHere || !syncs.tryHere()) {
                syncs.request();
            }
            requireKept(disk, syncs);
            while (syncs.synced() < sequence) {
                LockSupport.park();
            }
            requireKept(disk, syncs);
        }
        syncs.finish();
        join(syncs.thread());
        require(syncs.failure() == null && syncs.synced() == LAST, "all is synced");
    }

    private static void end() {
        Disk disk = new Disk(Integer.MAX_VALUE);
        SyncThread syncs = started(disk);
        append(disk, syncs, 1, true);
        syncs.request();
        append(disk, syncs, LAST, false);
        requireKept(disk, syncs);
        syncs.finish();
        join(syncs.thread());
        require(syncs.failure() == null && syncs.synced() == LAST, "all is synced");
        requireKept(disk, syncs);
    }

    private static void fail() {
        Disk disk = new Disk(1);
        SyncThread syncs = started(disk);
        append(disk, syncs, 1, true);
        syncs.request();
        while (syncs.synced() < 1) {
            LockSupport.park();
        }
        append(disk, syncs, LAST, true);
        syncs.request();
        while (syncs.failure() == null) {
            require(syncs.synced() == 1, "what failed is not synced");
            LockSupport.park();
        }
        syncs.finish();
        join(syncs.thread());
        require(syncs.synced() == 1, "what failed is not synced");
    }
}
