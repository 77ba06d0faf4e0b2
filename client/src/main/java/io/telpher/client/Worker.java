package io.telpher.client;

import static io.telpher.client.Requests.writer;

import io.telpher.protocol.Limits;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.CancelRequested;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.session.GoAway;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);
    /** How long a close waits for the broker to answer the reserve that it has ended: a broker that hangs answers nothing. */
    private static final long WITHDRAWAL_SECONDS_MAX = 2;

    private final Telpher telpher;
    private final WorkerOptions options;
    private final Link link;
    private final Attempts attempts;
    private final CompletableFuture<Void> admitted = new CompletableFuture<>();
    private final Draining operator;
    /** A worker that closes has no reserve under way any more: what that brought is given back or was. */
    private final CompletableFuture<Void> withdrawn = new CompletableFuture<>();

    private boolean reserving; // the event loop's own, as the next two
    private boolean reserveScheduled;
    private boolean hasReserved;

    private Worker(Telpher telpher, WorkerOptions options, TaskHandler handler) {
        this.telpher = telpher;
        this.options = options;
        this.operator = new Draining(options.name(), options.onDrained());
        this.link = telpher.newLink(new Listener());
        this.attempts = new Attempts(telpher::isClosed, options, handler, link, this::placeIsFree);
    }

    static Worker start(Telpher telpher, WorkerOptions options, TaskHandler handler) {
        Worker worker = new Worker(telpher, options, handler);
        telpher.opened(worker);
        worker.link.open().exceptionally(worker::notAdmitted);
        if (!telpher.options().lazy()) {
            worker.awaitAdmission();
        }
        return worker;
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
            attempts.connected();
            reserving = false;
            reserve();
        }

        @Override
        public void disconnected(String reason) {
            attempts.disconnected(reason);
        }

        @Override
        public void pushed(ByteBuffer frame) {
            if (Frame.typeCode(frame, 0) == MessageType.CANCEL_REQUESTED.code()) {
                attempts.cancel(new CancelRequested().wrap(frame, 0).leaseId());
            } else if (Frame.typeCode(frame, 0) == MessageType.GOAWAY.code()) {
                hears(new GoAway().wrap(frame, 0).drain());
            }
        }
    }

    // ---- draining, on the event loop

    private void hears(GoAway.Drain drain) {
        operator.hears(drain, attempts.inHand());
        attempts.takeNothing(operator.isAsked());
        leaveIfDone();
        reserve();
    }

    private void leaveIfDone() {
        if (operator.isAsked() && !attempts.isDraining() && !reserving && attempts.inHand() == 0) {
            attempts.close();
            telpher.left(this);
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

    /** Any thread. */
    private void placeIsFree() {
        if (link.loop().inEventLoop()) {
            reserveSoon();
        } else {
            link.loop().execute(this::reserveSoon);
        }
    }

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
        int free = Math.min(options.concurrency() - attempts.inHand(), Limits.RESERVE_MAX);
        if (reserving || attempts.isDraining() || operator.isAsked() || free <= 0 || !link.isWelcome()) {
            return;
        }
        reserving = true;
        // The first is answered at once: that tells whether the worker may reserve at all.
        int waitMs = hasReserved ? RESERVE_WAIT_MS : 0;
        Reserve.Wants wants = new Reserve.Wants(free, waitMs, options.visibilityTimeoutMs(), options.name());
        link.call(id -> Reserve.write(writer(), id, wants, options.queues())).whenComplete(this::reserveEnded);
    }

    private void reserveEnded(@Nullable ByteBuffer frame, @Nullable Throwable failure) {
        if (frame != null) {
            reserved(frame, null); // before what came behind it, which may be the cancel of a task in it
        } else {
            link.execute(() -> reserved(null, failure), () -> withdrawn.complete(null));
        }
    }

    private void reserved(@Nullable ByteBuffer frame, @Nullable Throwable failure) {
        reserving = false;
        hasReserved |= !(failure instanceof ConnectionException);
        if (frame != null) {
            admitted.complete(null);
            Deliveries deliveries = new Deliveries().wrap(frame, 0);
            Delivery delivery = deliveries.first();
            while (delivery.next()) {
                attempts.take(new ReservedTask(
                        delivery, attempts::progress, telpher.options().codecs(), telpher.callbacks()));
            }
            reserveSoon();
        } else if (failure instanceof ConnectionException) {
            reserve(); // or from connected(), when there is a connection again
        } else {
            admission(failure);
            link.loop().schedule(this::reserve, Refused.waitAfter(options.name(), failure), TimeUnit.MILLISECONDS);
        }
        leaveIfDone();
        if (attempts.isDraining()) {
            withdrawn.complete(null);
        }
    }

    private void admission(@Nullable Throwable failure) {
        if (failure != null && Refused.isForGood(failure)) {
            admitted.completeExceptionally(failure);
        } else {
            admitted.complete(null);
        }
    }

    /** Tasks that were reserved and whose outcome the broker has not confirmed yet. */
    public int inHand() {
        return attempts.inHand();
    }

    /** Of its connection to the broker. */
    public ConnectionState state() {
        return link.state();
    }

    /** What this worker has done so far. */
    public WorkerCounters counters() {
        return attempts.counters();
    }

    // ---- closing

    /**
     * Takes nothing new, waits for the handlers at most {@code timeout}, gives back what is not done by then, and disconnects. Called by one of its own handlers it returns at
     * once and closes the worker when that handler is done. An interrupt ends the wait for the handlers. Any thread; once more does no harm.
     *
     * @param timeout 0 and less: handlers that run are interrupted at once, and their tasks given back
     */
    public void close(Duration timeout) {
        attempts.drain();
        if (attempts.isHandledHere()) {
            Thread closing = new Thread(() -> finish(timeout), "telpher-worker-" + options.name() + "-closing");
            closing.start();
        } else {
            finish(timeout);
        }
    }

    private void finish(Duration timeout) {
        link.execute(this::withdraw, () -> withdrawn.complete(null));
        Attempts.endAfter(withdrawn, WITHDRAWAL_SECONDS_MAX, link.loop()).join();
        if (!attempts.awaitIdle(timeout)) {
            LOG.log(System.Logger.Level.INFO, "worker {0} gives back {1} tasks", options.name(), attempts.inHand());
        }
        attempts.giveAllBack().join();
        cut();
    }

    /** On the event loop: the broker answers the reserve that waits, so that no task is on its way to a worker that is gone. */
    private void withdraw() {
        if (!reserving) {
            withdrawn.complete(null);
        } else if (hasReserved) {
            link.tell(GoAway.write(writer(), GoAway.Drain.BEGINS, "the worker closes"));
        }
    }

    /** Disconnects at once, as a crash would: leases are left to the broker, which hands the tasks to others. */
    public void cut() {
        attempts.close();
        link.close().join();
        attempts.interrupt();
        operator.closed();
        telpher.left(this);
    }

    /** Like {@link #close(Duration)} with 30 s. */
    @Override
    public void close() {
        close(CLOSE_TIMEOUT);
    }
}
