package io.telpher.client;

import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Completes the futures that callers wait on, never on an event loop: a callback may block, and the event loop is what ends its wait. Replies that were read together are
 * completed by one task of the executor, in their order. A callback that blocks is overtaken: at once when it waits in a call of the client, else at the next
 * {@link #check}. Thread-safe.
 */
final class Callbacks {
    private static final System.Logger LOG = System.getLogger(Callbacks.class.getName());
    private static final ThreadLocal<@Nullable Callbacks> RUNNING = new ThreadLocal<>();

    private static final long CHECK_MS = 100;
    /** Threads come and go with the callbacks of all clients; they keep no process alive. */
    private static final Executor BY_DEFAULT = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "telpher-callback");
        thread.setDaemon(true);
        return thread;
    });

    private final Executor executor;
    private final ScheduledExecutorService timer;
    private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicLong done = new AtomicLong();
    private final AtomicBoolean checks = new AtomicBoolean();
    private long doneBefore; // the timer's own

    /** @param timer asks for checks, on one thread */
    Callbacks(Executor executor, ScheduledExecutorService timer) {
        this.executor = executor;
        this.timer = timer;
    }

    static Executor byDefault() {
        return BY_DEFAULT;
    }

    /** What the reply says, read at a time when dependents may block. */
    <T> CompletableFuture<T> toCaller(CompletableFuture<ByteBuffer> reply, Function<ByteBuffer, T> read) {
        CompletableFuture<T> callers = new CompletableFuture<>();
        reply.whenComplete((frame, failure) -> execute(() -> complete(callers, frame, failure, read)));
        return callers;
    }

    private static <T> void complete(
            CompletableFuture<T> callers,
            @Nullable ByteBuffer frame,
            @Nullable Throwable failure,
            Function<ByteBuffer, T> read) {
        if (frame == null) {
            callers.completeExceptionally(
                    failure == null ? new IllegalStateException("neither reply nor failure") : failure);
            return;
        }
        T value;
        try {
            value = read.apply(frame);
        } catch (RuntimeException e) {
            callers.completeExceptionally(e);
            return;
        }
        callers.complete(value);
    }

    void execute(Runnable callback) {
        queue.add(callback);
        if (scheduled.compareAndSet(false, true)) {
            start();
        }
    }

    private void start() {
        try {
            executor.execute(this::run);
        } catch (RuntimeException | Error e) {
            // The application has ended its executor, or it fails; the waiting callers must hear all the same.
            LOG.log(System.Logger.Level.DEBUG, "the callback executor takes nothing", e);
            ForkJoinPool.commonPool().execute(this::run);
        }
        checkLater();
    }

    private void run() {
        RUNNING.set(this);
        try {
            for (Runnable next = queue.poll(); next != null; next = queue.poll()) {
                runOne(next);
            }
        } finally {
            RUNNING.remove();
            scheduled.set(false);
        }
        if (!queue.isEmpty() && scheduled.compareAndSet(false, true)) {
            start();
        }
    }

    private void runOne(Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, "a listener of the client failed", e);
        } finally {
            done.incrementAndGet();
        }
    }

    /** This thread is about to wait for a reply: if it runs callbacks, another goes on with those behind. */
    static void blocks() {
        Callbacks own = RUNNING.get();
        if (own != null && !own.queue.isEmpty()) {
            own.start();
        }
    }

    /** While callbacks run: an idle client needs no timer. */
    private void checkLater() {
        if (checks.compareAndSet(false, true)) {
            try {
                timer.schedule(this::check, CHECK_MS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                // the last client was closed: nothing is added any more
            }
        }
    }

    /** When no callback ended since the last time, another thread goes on with those behind. */
    private void check() {
        long now = done.get();
        if (now == doneBefore && !queue.isEmpty()) {
            start();
        }
        doneBefore = now;
        checks.set(false);
        if (scheduled.get()) {
            checkLater();
        }
    }
}
