package io.telpher.client;

import static io.telpher.client.Telpher.writer;

import io.telpher.protocol.Ack;
import io.telpher.protocol.CancelRequested;
import io.telpher.protocol.Deliveries;
import io.telpher.protocol.Delivery;
import io.telpher.protocol.Extend;
import io.telpher.protocol.Frame;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.Limits;
import io.telpher.protocol.MessageType;
import io.telpher.protocol.Nack;
import io.telpher.protocol.Progress;
import io.telpher.protocol.Release;
import io.telpher.protocol.Reserve;
import io.telpher.protocol.Result;
import io.telpher.protocol.Submit;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskStateReply;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
    private static final long RETRY_MS = 500;

    private final Builder options;
    private final Link link;
    private final HandlerThreads handlers;
    private final Future<?> renewals;
    private final Map<Long, ReservedTask> running = new ConcurrentHashMap<>();
    private final AtomicInteger inHand = new AtomicInteger();
    private final CompletableFuture<Void> idle = new CompletableFuture<>();
    private volatile LostConnection lost;
    private boolean reserving; // the event loop's own, as the next
    private boolean reserveScheduled;
    private volatile boolean draining;
    private volatile boolean closed;

    private Worker(Builder options, TaskHandler handler) {
        this.options = options.handler(handler);
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
            }
        }
    }

    // ---- reserving, on the event loop

    /** After all replies that were read together: each of them may have freed a place. */
    private void reserveSoon() {
        if (!reserveScheduled && !reserving) {
            reserveScheduled = true;
            link.loop().execute(this::reserve);
        }
    }

    private void reserve() {
        reserveScheduled = false;
        int free = Math.min(options.concurrency - inHand.get(), Limits.RESERVE_MAX);
        if (reserving || draining || free <= 0 || !link.isWelcome()) {
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
            link.loop().schedule(this::reserve, waitAfter(failure), TimeUnit.MILLISECONDS);
        }
    }

    /** An answer of the broker tells all by itself; anything else is for whoever looks for a bug. */
    private long waitAfter(@Nullable Throwable failure) {
        if (!(failure instanceof TelpherException refusal)) {
            LOG.log(System.Logger.Level.WARNING, "worker " + options.name + " can't reserve", failure);
            return RETRY_MS;
        }
        boolean isUsual = refusal.isRetryable();
        LOG.log(
                isUsual ? System.Logger.Level.INFO : System.Logger.Level.WARNING,
                "worker " + options.name + " can't reserve, and tries again: " + refusal.getMessage());
        return Math.max(RETRY_MS, refusal.retryAfterMs());
    }

    private void take(ReservedTask task) {
        if (draining) {
            send(id -> Release.write(writer(), id, task.taskId(), task.leaseId()));
            return;
        }
        inHand.incrementAndGet();
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
                    if (cancelled || isRefusal(failure)) {
                        task.cancel();
                    }
                });
    }

    private static boolean isRefusal(@Nullable Throwable failure) {
        return failure instanceof TelpherException refusal
                && !(failure instanceof ConnectionException)
                && !refusal.isRetryable();
    }

    // ---- handling, on the worker's threads

    private void handle(ReservedTask task) {
        IntFunction<FrameWriter> outcome;
        try {
            Result result = handler().handle(task);
            outcome = id -> ack(id, task, result == null ? Result.NONE : result);
        } catch (InterruptedException e) {
            // A handler interrupted by others has failed; a release would deliver it again at once.
            outcome = !draining
                    ? id -> nack(id, task, e)
                    : id -> Release.write(writer(), id, task.taskId(), task.leaseId());
        } catch (Throwable e) {
            // Whatever the handler throws, an Error included, is the outcome of this attempt; the broker keeps its
            // text.
            outcome = id -> nack(id, task, e);
        }
        settle(task, outcome);
    }

    private TaskHandler handler() {
        return java.util.Objects.requireNonNull(options.handler);
    }

    private static FrameWriter ack(int id, ReservedTask task, Result result) {
        FrameWriter followUps = new FrameWriter();
        for (TaskSpec followUp : task.followUps()) {
            Submit.write(followUps, 0, followUp);
        }
        return Ack.write(writer(), id, task.taskId(), task.leaseId(), result, followUps.written());
    }

    private static FrameWriter nack(int id, ReservedTask task, Throwable failure) {
        boolean permanent = failure instanceof PermanentFailure;
        long retryAfterMs = failure instanceof RetryAfter later ? later.delay().toMillis() : TaskSpec.INHERIT;
        return Nack.write(writer(), id, task.taskId(), task.leaseId(), retryAfterMs, permanent, text(failure));
    }

    /** The message first, since lists show the first line; then the stack, as far as it fits. */
    private static String text(Throwable failure) {
        StringWriter stack = new StringWriter();
        failure.printStackTrace(new PrintWriter(stack));
        byte[] bytes = stack.toString().getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, Limits.ERROR_BYTES_MAX);
        while (length > 0 && length < bytes.length && (bytes[length] & 0xC0) == 0x80) {
            length--; // not in the middle of a character
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
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
                didNotCount(task, failure);
            }
            done(task);
        });
    }

    private void didNotCount(ReservedTask task, Throwable failure) {
        LostConnection before = lost;
        if (before.holds(task.leaseId())) {
            before.refused();
        } else {
            LOG.log(
                    System.Logger.Level.INFO,
                    "the outcome of task {0} did not count: {1}",
                    task.id(),
                    failure.getMessage());
        }
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
                .map(task -> send(id -> Release.write(writer(), id, task.taskId(), task.leaseId()))
                        .exceptionally(failure -> ByteBuffer.allocate(0)))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(released)
                .completeOnTimeout(null, 5, TimeUnit.SECONDS)
                .join();
        closed = true;
        handlers.shutdownNow();
        renewals.cancel(false);
        link.close().join();
    }

    /** Disconnects at once, as a crash would: leases are left to the broker, which hands the tasks to others. */
    public void cut() {
        draining = true;
        closed = true;
        renewals.cancel(false);
        link.close().join();
        handlers.shutdownNow();
    }

    /** Like {@link #close(Duration)} with 30 s. */
    @Override
    public void close() {
        close(Duration.ofSeconds(30));
    }
}
