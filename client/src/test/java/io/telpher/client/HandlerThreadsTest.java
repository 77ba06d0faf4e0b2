package io.telpher.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.testing.Patience;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Handlers that wait get threads of their own, those that return at once need neither threads nor timers. */
class HandlerThreadsTest {
    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    private final CountingTimer timer = new CountingTimer();
    private final HandlerThreads threads = new HandlerThreads("test", 4 * PROCESSORS, timer);

    private static final class CountingTimer extends ScheduledThreadPoolExecutor {
        final AtomicInteger scheduled = new AtomicInteger();

        CountingTimer() {
            super(1);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
            scheduled.incrementAndGet();
            return super.schedule(command, delay, unit);
        }

        @Override
        public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
            throw new UnsupportedOperationException();
        }
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
        timer.shutdownNow();
    }

    @Test
    void aTaskThatAThreadWasWokenForNeedsNoTimer() throws InterruptedException {
        for (int i = 0; i < 100; i++) {
            CountDownLatch done = new CountDownLatch(1);
            threads.execute(done::countDown);
            assertTrue(done.await(1, TimeUnit.MINUTES));
            // One that has not come back yet is busy, and a task behind as many as there are processors does need a
            // timer.
            while (isAnyBusy()) {
                Patience.look();
            }
        }
        assertEquals(0, timer.scheduled.get());
    }

    private static boolean isAnyBusy() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().startsWith("telpher-worker-test-")
                        && thread.getState() != Thread.State.WAITING);
    }

    @Test
    void tasksBehindHandlersThatWaitGetThreadsUpToTheMost() throws InterruptedException {
        Semaphore running = new Semaphore(0);
        CountDownLatch release = new CountDownLatch(1);
        int most = 4 * PROCESSORS;
        CountDownLatch all = new CountDownLatch(most + 5);
        for (int i = 0; i < most + 5; i++) {
            threads.execute(() -> {
                running.release();
                awaitQuietly(release);
                all.countDown();
            });
        }
        assertTrue(running.tryAcquire(most, 1, TimeUnit.MINUTES), "as many as there may be run side by side");
        assertEquals(0, running.availablePermits());
        assertTrue(timer.scheduled.get() > 0);
        release.countDown();
        assertTrue(all.await(1, TimeUnit.MINUTES), "those that found no thread run when one is free");
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
