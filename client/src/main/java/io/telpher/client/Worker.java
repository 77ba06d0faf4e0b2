package io.telpher.client;

import static io.telpher.client.Telpher.writer;

import io.telpher.protocol.CancelRequested;
import io.telpher.protocol.Deliveries;
import io.telpher.protocol.Delivery;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Extend;
import io.telpher.protocol.Frame;
import io.telpher.protocol.GoAway;
import io.telpher.protocol.Limits;
import io.telpher.protocol.MessageType;
import io.telpher.protocol.Progress;
import io.telpher.protocol.Reserve;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskStateReply;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Reserves tasks and gives them to a handler, at most {@code concurrency} at once. Leases are renewed at a third of their length while the handler runs, also over a lost
 * connection: the worker comes back, takes its leases over and acknowledges what was done meanwhile. When a lease can't be renewed in time the handler is told
 * ({@link ReservedTask#isLeaseLost}), and nothing is acknowledged.
 *
 * <pre>{@code
 * Worker worker = telpher.worker("mail").concurrency(8).start(task -> {
 *     send(task.text());
 *     return Result.NONE; // return = done, throw = retry
 * });
 * }</pre>
 */
public final class Worker implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Worker.class.getName());
    private static final int RESERVE_WAIT_MS = 20_000;
    private static final long CHECK_MS = 200;
    private static final long RETRY_MS = Refused.RETRY_MS;
    /** Of the worker whose handler runs on this thread. */
    private static final ThreadLocal<@Nullable Worker> HANDLING = new ThreadLocal<>();

    private final Telpher telpher;
    private final WorkerOptions options;
    private final TaskHandler handler;
    private final Link link;
    private final HandlerThreads handlers;
    private final Future<?> checks;
    private final Map<Long, ReservedTask> running = new ConcurrentHashMap<>();
    private final AtomicInteger inHand = new AtomicInteger();
    private final CompletableFuture<Void> idle = new CompletableFuture<>();
    private final CompletableFuture<Void> admitted = new CompletableFuture<>();
    private final Draining operator;
    private volatile LostConnection lost;
    private boolean reserving; // the event loop's own, as the next two
    private boolean reserveScheduled;
    private boolean hasReserved;
    private volatile boolean draining;
    private volatile boolean closed;

    private Worker(Telpher telpher, WorkerOptions options, TaskHandler handler) {
        this.telpher = telpher;
        this.options = options;
        this.handler = handler;
        this.operator = new Draining(options.name(), options.onDrained());
        this.lost = new LostConnection(options.name(), List.of());
        this.link = telpher.newLink(new Listener());
        this.handlers = new HandlerThreads(options.name(), options.concurrency(), link.loop());
        this.checks = link.loop().scheduleWithFixedDelay(this::check, CHECK_MS, CHECK_MS, TimeUnit.MILLISECONDS);
    }

    /** Sets a worker up. Not thread-safe; may be used again, what was started keeps the options it was started with. */
    public static final class Builder {
        private final Telpher telpher;
        private WorkerOptions options;

        Builder(Telpher telpher, List<String> queues) {
            this.telpher = telpher;
            this.options = WorkerOptions.of(queues);
        }

        /** What operators see; at most 255 bytes. */
        public Builder name(String workerName) {
            options = options.withName(workerName);
            return this;
        }

        /** How many tasks may be in hand at once, each on a thread of its own; 1 to 10,000. */
        public Builder concurrency(int tasks) {
            options = options.withConcurrency(tasks);
            return this;
        }

        /** Length of each lease, 1 s to 12 h, instead of the task's own. */
        public Builder visibilityTimeout(Duration timeout) {
            options = options.withVisibilityTimeout(timeout);
            return this;
        }

        /**
         * How long one attempt may run, 1 ms or more: a handler that runs longer is interrupted, and the attempt fails at once. Without it an attempt may run for ever, its
         * lease renewed.
         */
        public Builder maxRuntime(Duration longest) {
            options = options.withMaxRuntime(longest);
            return this;
        }

        /** Interrupts a handler when its task is cancelled or its lease is lost; without it the handler has to ask {@link ReservedTask#isCancelled}. */
        public Builder interruptOnCancel() {
            options = options.withInterrupts();
            return this;
        }

        /**
         * What happens when an operator has drained this worker and it has left: the process may end. Called at most once, on a thread of its own, when
         * the last task is done and the connection closed; not after {@link Worker#close}.
         */
        public Builder onDrained(Runnable listener) {
            options = options.withOnDrained(listener);
            return this;
        }

        /**
         * Connects and starts reserving; returns when the broker has admitted the first reserve, or at once when the client was built with {@code lazy()}.
         *
         * @throws IllegalArgumentException when an option is out of its range
         * @throws TelpherException when the broker refuses this worker's reserves for good
         * @throws ConnectionException when the broker can't be reached within the client's connect timeout
         */
        public Worker start(TaskHandler taskHandler) {
            options.check();
            Worker worker = new Worker(telpher, options, Objects.requireNonNull(taskHandler, "handler"));
            worker.link.open().exceptionally(worker::notAdmitted);
            if (!telpher.isLazy()) {
                worker.awaitAdmission();
            }
            return worker;
        }
    }

    private @Nullable Void notAdmitted(Throwable failure) {
        admitted.completeExceptionally(failure);
        return null;
    }

    private void awaitAdmission() {
        boolean open = false;
        try {
            telpher.awaitConnected(admitted, link);
            open = true;
        } finally {
            if (!open) {
                cut();
            }
        }
    }

    private final class Listener implements LinkListener {
        @Override
        public void connected() {
            if (operator.isAsked()) {
                link.tell(GoAway.write(writer(), GoAway.Drain.BEGINS, "an operator drained this worker before"));
            }
            // Binds the leases to the new connection, so that its end is what releases them.
            running.values().forEach(Worker.this::extend);
            reserving = false;
            reserve();
        }

        @Override
        public void disconnected(String reason) {
            LOG.log(System.Logger.Level.DEBUG, "worker {0} lost its connection: {1}", options.name(), reason);
            LostConnection fresh = new LostConnection(options.name(), running.keySet());
            lost = fresh;
            fresh.keepOnly(running.keySet());
        }

        @Override
        public void pushed(ByteBuffer frame) {
            if (Frame.typeCode(frame, 0) == MessageType.CANCEL_REQUESTED.code()) {
                ReservedTask task =
                        running.get(new CancelRequested().wrap(frame, 0).leaseId());
                if (task != null) {
                    task.cancel(options.interrupts());
                }
            } else if (Frame.typeCode(frame, 0) == MessageType.GOAWAY.code()) {
                hears(new GoAway().wrap(frame, 0).drain());
            }
        }
    }

    // ---- draining, on the event loop

    private void hears(GoAway.Drain drain) {
        operator.hears(drain, inHand.get());
        leaveIfDone();
        reserve();
    }

    private void leaveIfDone() {
        if (operator.isAsked() && !draining && !reserving && inHand.get() == 0) {
            draining = true;
            closed = true;
            checks.cancel(false);
            handlers.shutdownNow();
            operator.leaves(link.close());
        }
    }

    /** An operator has asked for it: no more tasks are taken, and when the last is done the worker leaves. */
    public boolean isDraining() {
        return operator.isAsked();
    }

    /**
     * Waits until this worker has left: drained by an operator, or closed.
     *
     * @return false when it is still there after {@code timeout}
     */
    public boolean awaitDrained(Duration timeout) throws InterruptedException {
        return operator.await(timeout);
    }

    // ---- reserving, on the event loop

    /** After all replies that were read together: each of them may have freed a place. */
    private void reserveSoon() {
        if (operator.isAsked()) {
            leaveIfDone();
        } else if (!reserveScheduled && !reserving) {
            reserveScheduled = true;
            link.loop().execute(this::reserve);
        }
    }

    private void reserve() {
        reserveScheduled = false;
        int free = Math.min(options.concurrency() - inHand.get(), Limits.RESERVE_MAX);
        if (reserving || draining || operator.isAsked() || free <= 0 || !link.isWelcome()) {
            return;
        }
        reserving = true;
        // The first is answered at once: that tells whether the worker may reserve at all.
        int waitMs = hasReserved ? RESERVE_WAIT_MS : 0;
        Reserve.Wants wants = new Reserve.Wants(free, waitMs, options.visibilityTimeoutMs(), options.name());
        link.call(id -> Reserve.write(writer(), id, wants, options.queues()), Link.NO_DEADLINE)
                .whenCompleteAsync(this::reserved, link.loop());
    }

    private void reserved(@Nullable ByteBuffer frame, @Nullable Throwable failure) {
        reserving = false;
        hasReserved |= !(failure instanceof ConnectionException);
        if (frame != null) {
            admitted.complete(null);
            Deliveries deliveries = new Deliveries().wrap(frame, 0);
            Delivery delivery = deliveries.first();
            while (delivery.next()) {
                take(new ReservedTask(this, delivery, telpher.callbacks()));
            }
            reserve();
        } else if (failure instanceof ConnectionException) {
            reserve(); // or from connected(), when there is a connection again
        } else {
            admission(failure);
            link.loop().schedule(this::reserve, Refused.waitAfter(options.name(), failure), TimeUnit.MILLISECONDS);
        }
        leaveIfDone();
    }

    private void admission(@Nullable Throwable failure) {
        if (failure != null && Refused.isForGood(failure)) {
            admitted.completeExceptionally(failure);
        } else {
            admitted.complete(null);
        }
    }

    private void take(ReservedTask task) {
        inHand.incrementAndGet();
        if (draining || operator.isAsked()) {
            giveBack(task);
            return;
        }
        running.put(task.leaseId(), task);
        scheduleRenewal(task);
        handlers.execute(() -> handle(task));
    }

    private void giveBack(ReservedTask task) {
        task.closes(); // it has no handler
        task.decide();
        link.call(Outcomes.release(task)).whenComplete((frame, failure) -> leave(task));
    }

    // ---- leases, on the event loop

    private void scheduleRenewal(ReservedTask task) {
        task.renewAt(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(task.leaseMs() / 3));
    }

    private void check() {
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
    }

    private void extend(ReservedTask task) {
        scheduleRenewal(task);
        long sentNanos = System.nanoTime();
        link.call(id -> Extend.write(writer(), id, task.taskId(), task.leaseId(), task.leaseMs()), Link.NO_DEADLINE)
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
            lost.didNotCount(task, reason);
            leave(task);
        }
    }

    private void overrun(ReservedTask task) {
        if (task.decide()) {
            String reason = "the handler ran longer than its maxRuntime of " + options.maxRuntimeText();
            task.lose(reason, true);
            settle(task, Outcomes.refused(task, reason));
        }
    }

    // ---- handling, on the worker's threads

    private void handle(ReservedTask task) {
        byte[] outcome = null;
        HANDLING.set(this);
        try {
            outcome = task.begin() ? outcome(task) : null;
        } finally {
            HANDLING.remove();
            task.end();
            if (outcome != null && task.decide()) {
                settle(task, outcome);
            }
            leave(task);
        }
    }

    private byte[] outcome(ReservedTask task) {
        Result result;
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
        } catch (RuntimeException e) {
            return Outcomes.broken(task, "the result or a follow-up task can't be written", e);
        }
    }

    private byte[] failed(ReservedTask task, Throwable failure) {
        LOG.log(
                System.Logger.Level.INFO,
                () -> "worker " + options.name() + ": attempt " + task.attempt() + " at task " + task.id() + " ("
                        + task.type() + ") failed: " + failure.getClass().getName());
        return Outcomes.failed(task, failure);
    }

    /** Sends the outcome until the broker has answered: an ack that was repeated is answered like the first. */
    private void settle(ReservedTask task, byte[] outcome) {
        if (closed) {
            leave(task); // close() gave it back
            return;
        }
        link.call(outcome).whenComplete((frame, failure) -> {
            boolean isAsked = !closed && !telpher.isClosed();
            if (failure instanceof ConnectionException && isAsked) {
                link.loop().schedule(() -> settle(task, outcome), RETRY_MS / 10, TimeUnit.MILLISECONDS);
            } else if (failure instanceof TelpherException refusal && refusal.isRetryable() && isAsked) {
                link.loop().schedule(() -> settle(task, outcome), RETRY_MS, TimeUnit.MILLISECONDS);
            } else if (failure != null && isAsked && isAck(outcome)) {
                settleRefused(task, failure);
            } else {
                if (failure != null) {
                    lost.didNotCount(task, String.valueOf(failure.getMessage()));
                }
                leave(task);
            }
        });
    }

    private static boolean isAck(byte[] outcome) {
        return outcome[Frame.LENGTH_BYTES] == MessageType.ACK.code();
    }

    /** The broker has refused the ack for good. When that is not for the lease, the attempt fails at once and says why, instead of staying open until the lease ends. */
    private void settleRefused(ReservedTask task, Throwable failure) {
        String reason = "the broker refused the outcome: " + failure.getMessage();
        ErrorCode code = failure instanceof TelpherException refusal ? refusal.code() : null;
        if (code == ErrorCode.BAD_REQUEST
                || code == ErrorCode.PAYLOAD_TOO_LARGE
                || code == ErrorCode.IDEMPOTENCY_MISMATCH) {
            settle(task, Outcomes.broken(task, reason, null));
        } else if (code == ErrorCode.QUEUE_PAUSED || code == ErrorCode.QUEUE_NOT_FOUND) {
            settle(task, Outcomes.refused(task, reason));
        } else {
            lost.didNotCount(task, String.valueOf(failure.getMessage()));
            leave(task);
        }
    }

    /** The handler has returned, or the outcome is settled: after both the task's place is free. */
    private void leave(ReservedTask task) {
        if (!task.closes()) {
            return;
        }
        running.remove(task.leaseId());
        lost.settled(task.leaseId());
        if (inHand.decrementAndGet() == 0 && draining) {
            idle.complete(null);
        }
        if (closed || telpher.isClosed()) {
            return;
        }
        if (link.loop().inEventLoop()) {
            reserveSoon();
        } else {
            link.loop().execute(this::reserveSoon);
        }
    }

    void progress(ReservedTask task, int percent, String note) {
        link.call(id -> Progress.write(writer(), id, task.taskId(), task.leaseId(), percent, note), Link.NO_DEADLINE);
    }

    /** Tasks that were reserved and whose outcome the broker has not confirmed yet. */
    public int inHand() {
        return inHand.get();
    }

    /**
     * Takes nothing new, waits for the handlers at most {@code timeout}, gives back what is not done by then, and disconnects. Called by one of its own handlers it returns at
     * once and closes the worker when that handler is done.
     */
    public void close(Duration timeout) {
        draining = true;
        if (HANDLING.get() == this) {
            Thread closing = new Thread(() -> finish(timeout), "telpher-worker-" + options.name() + "-closing");
            closing.start();
        } else {
            finish(timeout);
        }
    }

    private void finish(Duration timeout) {
        try {
            if (inHand.get() > 0) {
                idle.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (java.util.concurrent.TimeoutException e) {
            LOG.log(System.Logger.Level.INFO, "worker {0} gives back {1} tasks", options.name(), running.size());
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException("idle never fails", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        CompletableFuture<?>[] released = running.values().stream()
                .filter(ReservedTask::decide)
                .map(task -> link.call(Outcomes.release(task)).handle((frame, failure) -> {
                    leave(task);
                    return null;
                }))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(released)
                .completeOnTimeout(null, 5, TimeUnit.SECONDS)
                .join();
        closed = true;
        handlers.shutdownNow();
        checks.cancel(false);
        link.close().join();
        operator.closed();
    }

    /** Disconnects at once, as a crash would: leases are left to the broker, which hands the tasks to others. */
    public void cut() {
        draining = true;
        closed = true;
        checks.cancel(false);
        link.close().join();
        handlers.shutdownNow();
        operator.closed();
    }

    /** Like {@link #close(Duration)} with 30 s. */
    @Override
    public void close() {
        close(Duration.ofSeconds(30));
    }
}
