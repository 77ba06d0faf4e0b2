package io.telpher.client;

import static io.telpher.client.Requests.writer;

import io.netty.channel.EventLoop;
import io.telpher.protocol.lease.Extend;
import io.telpher.protocol.lease.Progress;
import io.telpher.protocol.task.TaskStateReply;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The tasks that a worker has in hand: their leases, their handlers, and what becomes of their outcomes. Thread-safe where it says so, else the event loop's. */
final class Attempts {
    private static final System.Logger LOG = System.getLogger(WorkerOptions.LOGGER);
    private static final long CHECK_MS = 200;
    private static final long RELEASES_SECONDS_MAX = 5;
    /** Whose handler runs on this thread. */
    private static final ThreadLocal<@Nullable Attempts> HANDLING = new ThreadLocal<>();

    private final BooleanSupplier clientIsClosed;
    private final WorkerOptions options;
    private final TaskHandler handler;
    private final Link link;
    private final Runnable placeIsFree;
    private final HandlerRunner handlers;
    private final Settlement settlement;
    private final Map<Long, ReservedTask> running = new ConcurrentHashMap<>();
    private final AtomicInteger inHand = new AtomicInteger();
    private final LongAdder delivered = new LongAdder();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    /** Of tasks that came too late for a handler; as many as one reserve brings, since no other follows it. */
    private final Queue<CompletableFuture<Void>> givenBack = new ConcurrentLinkedQueue<>();

    private boolean checks; // the event loop's own
    private volatile boolean takesNothing;
    private volatile boolean draining;
    private volatile boolean closed;

    /** @param placeIsFree hears on any thread when a task has left */
    Attempts(
            BooleanSupplier clientIsClosed,
            WorkerOptions options,
            TaskHandler handler,
            Link link,
            Runnable placeIsFree) {
        this.clientIsClosed = clientIsClosed;
        this.options = options;
        this.handler = handler;
        this.link = link;
        this.placeIsFree = placeIsFree;
        this.settlement = new Settlement(options.name(), link, this::isClosed, this::leave);
        this.handlers = options.executor() == null
                ? new HandlerThreads(options.name(), options.concurrency(), link.loop())
                : new ExecutorRunner(options.executor());
    }

    /** Any thread. */
    int inHand() {
        return inHand.get();
    }

    /** Any thread. */
    WorkerCounters counters() {
        ClientCounters connection = link.counters();
        return new WorkerCounters(
                delivered.sum(),
                settlement.count(Outcome.COMPLETED),
                settlement.count(Outcome.FAILED),
                settlement.count(Outcome.DEAD_LETTERED),
                settlement.count(Outcome.RELEASED),
                settlement.count(Outcome.UNCOUNTED),
                connection.connects(),
                connection.disconnects(),
                inHand.get());
    }

    private boolean isClosed() {
        return closed || clientIsClosed.getAsBoolean();
    }

    /** Binds the leases to the new connection, so that its end is what releases them. */
    void connected() {
        running.values().forEach(this::extend);
    }

    void disconnected(String reason) {
        if (!isClosed()) {
            LOG.log(System.Logger.Level.DEBUG, "worker {0} lost its connection: {1}", options.name(), reason);
            settlement.disconnected(running.keySet());
        }
    }

    void cancel(long leaseId) {
        ReservedTask task = running.get(leaseId);
        if (task != null) {
            task.cancel(options.interrupts());
        }
    }

    /** What is delivered from here on is given back; or no more. */
    void takeNothing(boolean nothing) {
        takesNothing = nothing;
    }

    void take(ReservedTask task) {
        delivered.increment();
        inHand.incrementAndGet();
        if (draining || takesNothing) {
            task.closes(); // it has no handler
            givenBack.removeIf(CompletableFuture::isDone);
            givenBack.add(release(task));
            return;
        }
        running.put(task.leaseId(), task);
        scheduleRenewal(task);
        checkLater();
        try {
            handlers.execute(() -> handle(task));
        } catch (RuntimeException | Error e) {
            task.closes();
            task.decide();
            String reason = options.executor() == null
                    ? "the worker has no thread for its handler: " + e.getMessage()
                    : "the worker's executor rejected the handler: " + e;
            System.Logger.Level level =
                    options.executor() == null ? System.Logger.Level.WARNING : System.Logger.Level.INFO;
            LOG.log(level, "worker {0} gives task {1} back: {2}", options.name(), task.id(), reason);
            settlement.settle(task, Outcomes.refused(task, reason));
        }
    }

    private CompletableFuture<Void> release(ReservedTask task) {
        task.decide();
        return link.call(Outcomes.release(task)).handle((frame, failure) -> {
            settlement.counted(failure == null ? Outcome.RELEASED : Outcome.UNCOUNTED);
            leave(task);
            return null;
        });
    }

    // ---- leases

    private void scheduleRenewal(ReservedTask task) {
        task.renewAt(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(task.leaseMs() / 3));
    }

    /** While there is a task whose lease may need it. */
    private void checkLater() {
        if (!checks && !closed && !running.isEmpty()) {
            checks = true;
            link.loop().schedule(this::check, CHECK_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void check() {
        checks = false;
        if (closed) {
            return;
        }
        long now = System.nanoTime();
        for (ReservedTask task : running.values()) {
            if (task.runsLongerThan(options.maxRuntimeNanos(), now)) {
                overrun(task);
            } else if (task.isLeaseOver(now)) {
                lose(task, "its lease ran out, since no renewal was confirmed in time");
            } else if (now - task.renewAtNanos() >= 0) {
                extend(task);
            }
        }
        checkLater();
    }

    private void extend(ReservedTask task) {
        scheduleRenewal(task);
        long sentNanos = System.nanoTime();
        link.call(id -> Extend.write(writer(), id, task.taskId(), task.leaseId(), task.leaseMs()))
                .whenComplete((frame, failure) -> extended(task, sentNanos, frame, failure));
    }

    private void extended(ReservedTask task, long sentNanos, @Nullable ByteBuffer frame, @Nullable Throwable failure) {
        if (frame != null) {
            task.renewed(sentNanos);
            if (new TaskStateReply().wrap(frame, 0).cancelRequested()) {
                task.cancel(options.interrupts());
            }
        } else if (failure != null && Refused.isForGood(failure)) {
            lose(task, String.valueOf(failure.getMessage()));
        }
    }

    /** A running handler is told; what is decided already is left to the broker. */
    private void lose(ReservedTask task, String reason) {
        if (task.decide()) {
            task.lose(reason, options.interrupts());
            settlement.didNotCount(task, reason);
            leave(task);
        }
    }

    private void overrun(ReservedTask task) {
        if (task.decide()) {
            String reason = "the handler ran longer than its maxRuntime of " + options.maxRuntimeText();
            task.lose(reason, true);
            settlement.settle(task, Outcomes.refused(task, reason));
        }
    }

    /** Any thread; not waited for. */
    void progress(ReservedTask task, int percent, String note) {
        link.call(id -> Progress.write(writer(), id, task.taskId(), task.leaseId(), percent, note));
    }

    // ---- handling, on the worker's threads

    private void handle(ReservedTask task) {
        byte[] outcome = null;
        HANDLING.set(this);
        try {
            outcome = task.begin() ? told(task) : null;
        } finally {
            HANDLING.remove();
            task.end();
            if (outcome == null) {
                lose(task, "its outcome could not be written");
            } else if (task.decide()) {
                settlement.settle(task, outcome);
            }
            leave(task);
        }
    }

    /** Whatever the application's exceptions do when they are asked what they are, the attempt has an outcome. */
    private byte[] told(ReservedTask task) {
        try {
            return outcome(task);
        } catch (Throwable e) {
            return Outcomes.broken(
                    task, "the outcome can't be told: " + e.getClass().getName(), null);
        }
    }

    private byte[] outcome(ReservedTask task) {
        io.telpher.protocol.Result result;
        try {
            result = handler.handle(task);
        } catch (InterruptedException e) {
            // A handler interrupted by others has failed; a release would deliver it again at once.
            return draining ? Outcomes.release(task) : failed(task, e);
        } catch (Throwable e) {
            return failed(task, e);
        }
        try {
            return Outcomes.ack(task, result);
        } catch (RuntimeException | Error e) {
            return Outcomes.broken(task, "the result or a follow-up task can't be written", e);
        }
    }

    private byte[] failed(ReservedTask task, Throwable failure) {
        if (!closed) {
            LOG.log(
                    System.Logger.Level.INFO,
                    () -> "worker " + options.name() + ": attempt " + task.attempt() + " at task " + task.id() + " ("
                            + task.type() + ") failed: " + Outcomes.summary(failure));
        }
        return Outcomes.failed(task, failure, options.retryPolicy(task.type()));
    }

    /** This thread runs a handler of this worker. */
    boolean isHandledHere() {
        return HANDLING.get() == this;
    }

    /** The handler has returned, or the outcome is settled: after both the task's place is free. Any thread. */
    private void leave(ReservedTask task) {
        if (!task.closes()) {
            return;
        }
        running.remove(task.leaseId());
        settlement.settled(task);
        if (inHand.decrementAndGet() == 0 && draining) {
            lock.lock();
            try {
                idle.signalAll();
            } finally {
                lock.unlock();
            }
        }
        if (!isClosed()) {
            placeIsFree.run();
        }
    }

    // ---- closing, any thread

    boolean isDraining() {
        return draining;
    }

    void drain() {
        draining = true;
    }

    /** After {@link #drain}. False when handlers still run after {@code timeout}, or the thread was interrupted. */
    boolean awaitIdle(Duration timeout) {
        lock.lock();
        try {
            long leftNanos = Link.nanos(timeout);
            while (inHand.get() > 0) {
                if (leftNanos <= 0) {
                    return false;
                }
                leftNanos = idle.awaitNanos(leftNanos);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** As {@code completeOnTimeout}, which wants a thread of its own and fails when the system has none left. */
    static CompletableFuture<Void> endAfter(CompletableFuture<Void> wanted, long seconds, EventLoop loop) {
        if (!wanted.isDone()) {
            try {
                loop.schedule(() -> wanted.complete(null), seconds, TimeUnit.SECONDS);
            } catch (RejectedExecutionException e) {
                wanted.complete(null); // the client was closed meanwhile: no answer will come
            }
        }
        return wanted;
    }

    /** Completes when the broker has answered, or does not within 5 s. */
    CompletableFuture<Void> giveAllBack() {
        List<ReservedTask> undecided =
                running.values().stream().filter(ReservedTask::decide).toList();
        undecided.stream().map(this::release).forEach(givenBack::add);
        CompletableFuture<Void> all = CompletableFuture.allOf(givenBack.toArray(CompletableFuture[]::new));
        return endAfter(all, RELEASES_SECONDS_MAX, link.loop());
    }

    /** From here on nothing is sent. */
    void close() {
        draining = true;
        closed = true;
        handlers.shutdownNow();
    }

    /** What still runs: its outcome counts no more. */
    void interrupt() {
        running.values().forEach(task -> task.lose("the worker was closed", true));
    }
}
