package io.telpher.client;

import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
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

    private final Executor executor;
    private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicLong done = new AtomicLong();
    private long doneBefore; // the event loop's own

    Callbacks(Executor executor) {
        this.executor = executor;
    }

    /** Threads come and go with the callbacks; they keep no process alive. */
    static Executor byDefault() {
        return Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "telpher-callback");
            thread.setDaemon(true);
            return thread;
        });
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

    /** Now and then, by one event loop: when no callback ended since the last time, another thread goes on with those behind. */
    void check() {
        long now = done.get();
        if (now == doneBefore && !queue.isEmpty()) {
            start();
        }
        doneBefore = now;
    }
}
