package io.telpher.broker.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What a force covers is what was appended before it began, and nothing is covered by one that failed. */
class SyncThreadTest {
    private final Semaphore forced = new Semaphore(0);
    private final AtomicInteger forces = new AtomicInteger();
    private final AtomicReference<SyncThread> syncs = new AtomicReference<>();

    private SyncThread syncs(SyncThread.Force force) {
        SyncThread made = new SyncThread(
                SyncPolicy.BATCH,
                () -> {
                    forces.incrementAndGet();
                    force.run();
                    forced.release();
                },
                0,
                () -> {});
        syncs.set(made);
        return made;
    }

    /** During the first force, what else the partition's thread does. */
    private void during(Runnable first) {
        if (forces.get() == 1) {
            first.run();
        }
    }

    @Test
    void shouldNotConfirmWhatCameDuringTheForce() {
        SyncThread thread =
                syncs(() -> during(() -> Objects.requireNonNull(syncs.get()).appended(3, true)));
        thread.appended(2, true);
        assertTrue(thread.tryHere());
        assertEquals(2, thread.synced(), "3 came too late for this force");
        assertTrue(thread.tryHere());
        assertEquals(3, thread.synced());
    }

    @Test
    void shouldConfirmNothingByAForceThatFailed() {
        SyncThread thread = syncs(() -> {
            throw new IOException("Input/output error");
        });
        thread.appended(1, true);
        assertTrue(thread.tryHere());
        assertEquals(0, thread.synced());
        Throwable failure = thread.failure();
        assertNotNull(failure, "nobody else would learn of it");
        assertEquals("Input/output error", failure.getMessage());
    }

    @Test
    void shouldForceAgainForANoteThatCameDuringTheForce() throws InterruptedException {
        SyncThread thread =
                syncs(() -> during(() -> Objects.requireNonNull(syncs.get()).noteAppended()));
        thread.appended(1, true);
        thread.start();
        thread.request();
        forced.acquire(2);
        thread.finish();
        thread.join();
        assertEquals(1, thread.synced());
        assertNull(thread.failure());
    }

    @Test
    void shouldForceWhatNobodyWaitedForAtTheEnd() throws InterruptedException {
        SyncThread thread = syncs(() -> {});
        thread.start();
        thread.appended(4, false);
        thread.finish();
        thread.join();
        assertEquals(4, thread.synced());
    }

    @Test
    void shouldTellHowManyRecordsAForceCovered() {
        SyncThread thread = syncs(() -> {});
        AtomicInteger records = new AtomicInteger();
        thread.observer((nanos, count) -> records.addAndGet((int) count));
        thread.appended(3, true);
        assertTrue(thread.tryHere());
        thread.appended(5, true);
        assertTrue(thread.tryHere());
        assertEquals(5, records.get());
    }
}
