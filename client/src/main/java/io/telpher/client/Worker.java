package io.telpher.client;

import static io.telpher.client.Telpher.writer;

import io.telpher.protocol.CancelRequested;
import io.telpher.protocol.Deliveries;
import io.telpher.protocol.Delivery;
import io.telpher.protocol.Extend;
import io.telpher.protocol.Frame;
import io.telpher.protocol.FrameWriter;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reserves tasks and gives them to a handler, at most {@code concurrency} at once. Leases are renewed at a third of their length while the
 * handler runs, also over a lost connection: the worker comes back, takes its leases over and acknowledges what was done meanwhile.
 */
public final class Worker implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Worker.class.getName());
    private static final int RESERVE_WAIT_MS = 20_000;
    private static final long RENEW_CHECK_MS = 200;
    private static final long RETRY_MS = Refused.RETRY_MS;

    private final Builder options;
    private final Link link;
    private final HandlerThreads handlers;
    private final Future<?> renewals;
    private final Map<Long, ReservedTask> running = new ConcurrentHashMap<>();
    private final AtomicInteger inHand = new AtomicInteger();
    private final CompletableFuture<Void> idle = new CompletableFuture<>();
    private final Draining operator;
    private volatile LostConnection lost;
    private boolean reserving; // the event loop's own, as the next
    private boolean reserveScheduled;
    private volatile boolean draining;
    private volatile boolean closed;

    private Worker(Builder options, TaskHandler handler) {
        this.options = options.handler(handler);
        this.operator = new Draining(options.name, options.onDrained);
        this.lost = new LostConnection(options.name, List.of());
        this.link = options.telpher.newLink(new Listener());
        this.handlers = new HandlerThreads(options.name, options.concurrency, link.loop());
        this.renewals = link.loop()
                .scheduleWithFixedDelay(this::renewDue, RENEW_CHECK_MS, RENEW_CHECK_MS, TimeUnit.MILLISECONDS);
    }

    /** Sets a worker up. Not thread-safe. */
    public static final class Builder {
        private final Telpher telpher;
        private final List<String> queues;
        private String name = "worker-" + ProcessHandle.current().pid();
        private int concurrency = 1;
        private int visibilityTimeoutMs;
        private Runnable onDrained = () -> {};
        private @Nullable TaskHandler handler;

        Builder(Telpher telpher, List<String> queues) {
            this.telpher = telpher;
            this.queues = queues;
        }

        /** What operators see; at most 255 bytes. */
        public Builder name(String workerName) {
            name = workerName;
            return this;
        }

        /** How many tasks may be in hand at once, each on a thread of its own. */
        public Builder concurrency(int tasks) {
            concurrency = tasks;
            return this;
        }

        /** Length of each lease, 1 s to 12 h, instead of the task's own. */
        public Builder visibilityTimeout(Duration timeout) {
            visibilityTimeoutMs = Math.toIntExact(timeout.toMillis());
            return this;
        }

        /**
         * What happens when an operator has drained this worker and it has left: the process may end. Called at most once, on a thread of its own, when
         * the last task is done and the connection closed; not after {@link Worker#close}.
         */
        public Builder onDrained(Runnable listener) {
            onDrained = listener;
            return this;
        }

        private Builder handler(TaskHandler taskHandler) {
            handler = taskHandler;
            return this;
        }

        /** Connects and starts reserving. */
        public Worker start(TaskHandler taskHandler) {
            Worker worker = new Worker(this, taskHandler);
            boolean open = false;
            try {
                Telpher.await(worker.link.open());
                open = true;
                return worker;
            } finally {
                if (!open) {
                    worker.cut();
                }
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
        public void disconnected() {
            LOG.log(System.Logger.Level.DEBUG, "worker {0} lost its connection", options.name);
            LostConnection fresh = new LostConnection(options.name, running.keySet());
            lost = fresh;
            fresh.keepOnly(running.keySet());
        }

        @Override
        public void pushed(ByteBuffer frame) {
            if (Frame.typeCode(frame, 0) == MessageType.CANCEL_REQUESTED.code()) {
                ReservedTask task =
                        running.get(new CancelRequested().wrap(frame, 0).leaseId());
                if (task != null) {
                    task.cancel();
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
            renewals.cancel(false);
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
        int free = Math.min(options.concurrency - inHand.get(), Limits.RESERVE_MAX);
        if (reserving || draining || operator.isAsked() || free <= 0 || !link.isWelcome()) {
            return;
        }
        reserving = true;
        Reserve.Wants wants = new Reserve.Wants(free, RESERVE_WAIT_MS, options.visibilityTimeoutMs, options.name);
        link.call(id -> Reserve.write(writer(), id, wants, options.queues))
                .whenCompleteAsync(this::reserved, link.loop());
    }

    private void reserved(@Nullable ByteBuffer frame, @Nullable Throwable failure) {
        reserving = false;
        if (frame != null) {
            Deliveries deliveries = new Deliveries().wrap(frame, 0);
            Delivery delivery = deliveries.first();
            while (delivery.next()) {
                take(new ReservedTask(this, delivery));
            }
            reserve();
        } else if (failure instanceof ConnectionException) {
            reserve(); // or from connected(), when there is a connection again
        } else {
            link.loop().schedule(this::reserve, Refused.waitAfter(options.name, failure), TimeUnit.MILLISECONDS);
        }
        leaveIfDone();
    }

    private void take(ReservedTask task) {
        inHand.incrementAndGet();
        if (draining || operator.isAsked()) {
            send(id -> Outcomes.release(id, task)).whenComplete((frame, failure) -> done(task));
            return;
        }
        running.put(task.leaseId(), task);
        scheduleRenewal(task);
        handlers.execute(() -> handle(task));
    }

    private void scheduleRenewal(ReservedTask task) {
        task.renewAt(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(task.leaseMs() / 3));
    }

    private void renewDue() {
        long now = System.nanoTime();
        for (ReservedTask task : running.values()) {
            if (now - task.renewAtNanos() >= 0) {
                extend(task);
            }
        }
    }

    private void extend(ReservedTask task) {
        scheduleRenewal(task);
        link.call(id -> Extend.write(writer(), id, task.taskId(), task.leaseId(), task.leaseMs()))
                .whenComplete((frame, failure) -> {
                    boolean cancelled =
                            frame != null && new TaskStateReply().wrap(frame, 0).cancelRequested();
                    if (cancelled || Refused.isForGood(failure)) {
                        task.cancel();
                    }
                });
    }

    // ---- handling, on the worker's threads

    private void handle(ReservedTask task) {
        IntFunction<FrameWriter> outcome;
        try {
            Result result = handler().handle(task);
            outcome = id -> Outcomes.ack(id, task, result == null ? Result.NONE : result);
        } catch (InterruptedException e) {
            // A handler interrupted by others has failed; a release would deliver it again at once.
            outcome = !draining ? id -> Outcomes.nack(id, task, e) : id -> Outcomes.release(id, task);
        } catch (Throwable e) {
            // Whatever the handler throws, an Error included, is the outcome of this attempt; the broker keeps its
            // text.
            outcome = id -> Outcomes.nack(id, task, e);
        }
        settle(task, outcome);
    }

    private TaskHandler handler() {
        return java.util.Objects.requireNonNull(options.handler);
    }

    /** Sends the outcome until the broker has answered: an ack that was repeated is answered like the first. */
    private void settle(ReservedTask task, IntFunction<FrameWriter> outcome) {
        if (closed) {
            done(task); // close() gave it back
            return;
        }
        send(outcome).whenComplete((frame, failure) -> {
            if (failure instanceof ConnectionException && !closed && !options.telpher.isClosed()) {
                link.loop().schedule(() -> settle(task, outcome), RETRY_MS / 10, TimeUnit.MILLISECONDS);
                return;
            }
            if (failure instanceof TelpherException refusal && refusal.isRetryable()) {
                link.loop().schedule(() -> settle(task, outcome), RETRY_MS, TimeUnit.MILLISECONDS);
                return;
            }
            if (failure != null) {
                lost.didNotCount(task, failure);
            }
            done(task);
        });
    }

    private void done(ReservedTask task) {
        running.remove(task.leaseId());
        lost.settled(task.leaseId());
        if (inHand.decrementAndGet() == 0 && draining) {
            idle.complete(null);
        }
        if (closed || options.telpher.isClosed()) {
            return;
        }
        if (link.loop().inEventLoop()) {
            reserveSoon();
        } else {
            link.loop().execute(this::reserveSoon);
        }
    }

    private CompletableFuture<ByteBuffer> send(IntFunction<FrameWriter> request) {
        return link.call(request);
    }

    void progress(ReservedTask task, int percent, String note) {
        send(id -> Progress.write(writer(), id, task.taskId(), task.leaseId(), percent, note));
    }

    /** Tasks that were reserved and whose outcome the broker has not confirmed yet. */
    public int inHand() {
        return inHand.get();
    }

    /** Takes nothing new, waits for the handlers at most so long, gives back what is not done by then, and disconnects. */
    public void close(Duration timeout) {
        draining = true;
        try {
            if (inHand.get() > 0) {
                idle.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (java.util.concurrent.TimeoutException e) {
            LOG.log(System.Logger.Level.INFO, "worker {0} gives back {1} tasks", options.name, running.size());
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException("idle never fails", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        CompletableFuture<?>[] released = running.values().stream()
                .map(task -> send(id -> Outcomes.release(id, task)).exceptionally(failure -> ByteBuffer.allocate(0)))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(released)
                .completeOnTimeout(null, 5, TimeUnit.SECONDS)
                .join();
        closed = true;
        handlers.shutdownNow();
        renewals.cancel(false);
        link.close().join();
        operator.closed();
    }

    /** Disconnects at once, as a crash would: leases are left to the broker, which hands the tasks to others. */
    public void cut() {
        draining = true;
        closed = true;
        renewals.cancel(false);
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
