package io.telpher.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.testing.Patience;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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

    /** As a JVM does that may start no more: by an Error, and the thread never runs. */
    private static Thread unstartable(Runnable task) {
        return new Thread(task) {
            @Override
            public synchronized void start() {
                throw new OutOfMemoryError("unable to create native thread");
            }
        };
    }

    @Test
    void aTaskIsRefusedWhileNoThreadCanBeStartedAtAllAndTakenOnceOneCan() throws InterruptedException {
        AtomicBoolean exhausted = new AtomicBoolean(true);
        HandlerThreads pool =
                new HandlerThreads("refused", 4, timer, task -> exhausted.get() ? unstartable(task) : new Thread(task));
        AtomicInteger runs = new AtomicInteger();
        for (int i = 0; i < 8; i++) {
            String refusal = assertThrows(RejectedExecutionException.class, () -> pool.execute(runs::incrementAndGet))
                    .getMessage();
            assertEquals("no thread could be started (unable to create native thread)", refusal);
        }
        exhausted.set(false);
        CountDownLatch four = new CountDownLatch(4);
        for (int i = 0; i < 4; i++) {
            pool.execute(() -> {
                four.countDown();
                awaitQuietly(four);
            });
        }
        assertTrue(four.await(1, TimeUnit.MINUTES), "every place is still there");
        assertEquals(0, runs.get(), "what was refused is not run later");
        pool.shutdownNow();
    }

    @Test
    void tasksWaitForTheThreadsThatAreThereWhenNoOtherCanBeStartedAndForMoreOnceTheyCan() throws InterruptedException {
        AtomicBoolean exhausted = new AtomicBoolean();
        AtomicInteger refusals = new AtomicInteger();
        HandlerThreads pool = new HandlerThreads("scarce", 4, timer, task -> {
            if (exhausted.get()) {
                refusals.incrementAndGet();
                return unstartable(task);
            }
            return new Thread(task);
        });
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch hold = new CountDownLatch(1);
        pool.execute(() -> {
            first.countDown();
            awaitQuietly(hold);
        });
        assertTrue(first.await(1, TimeUnit.MINUTES));
        exhausted.set(true);
        CountDownLatch waiting = new CountDownLatch(3);
        for (int i = 0; i < 3; i++) {
            pool.execute(waiting::countDown);
        }
        while (refusals.get() == 0) {
            Patience.look();
        }
        assertEquals(3, waiting.getCount());
        hold.countDown();
        assertTrue(waiting.await(1, TimeUnit.MINUTES), "the one thread takes them all");

        exhausted.set(false);
        CountDownLatch four = new CountDownLatch(4);
        for (int i = 0; i < 4; i++) {
            pool.execute(() -> {
                four.countDown();
                awaitQuietly(four);
            });
        }
        assertTrue(four.await(1, TimeUnit.MINUTES), "the pool grows to its most, as if nothing had been");
        pool.shutdownNow();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
