package io.telpher.client;

import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.telpher.protocol.BatchSubmitted;
import io.telpher.protocol.Cancel;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.Get;
import io.telpher.protocol.Ping;
import io.telpher.protocol.Reserve;
import io.telpher.protocol.Submit;
import io.telpher.protocol.SubmitBatch;
import io.telpher.protocol.Submitted;
import io.telpher.protocol.Task;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskStateReply;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.WaitFor;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A broker, as a program sees it. One connection, shared by all threads; it comes back by itself when it is lost. Every method is
 * thread-safe. Methods that wait throw {@link TelpherException} when the broker refuses, {@link ConnectionException} when it can't be asked.
 *
 * <p>A request that was cut off by a lost connection may have taken effect. A submit with an idempotency key is therefore sent
 * again until it is answered; one without fails with {@link ConnectionException#isOutcomeUnknown}.
 *
 * <p>Every call has a timeout, 30 s unless the builder says otherwise; callbacks of the futures run on an executor of the client's or the caller's, so they may block.
 *
 * <pre>{@code
 * try (Telpher telpher = Telpher.connect("tq://127.0.0.1:8357")) {
 *     telpher.submit(TaskSpec.type("mail").payload("hello"));
 * }
 * }</pre>
 */
public final class Telpher implements AutoCloseable {
    private static final int RESENDS_MAX = 10;
    private static final int WAIT_MS_MAX = 60_000;
    private static final int WRITER_BYTES_KEPT = 64 << 10;
    private static final long CALLBACK_CHECK_MS = 100;
    private static final Duration REPLY_MARGIN = Duration.ofSeconds(1);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);
    private static final ThreadLocal<FrameWriter> WRITER = ThreadLocal.withInitial(FrameWriter::new);

    private final ClientUrl url;
    private final ClientOptions options;
    private final NioEventLoopGroup group;
    private final @Nullable SslContext tls;
    private final Callbacks callbacks;
    private final Pending pending = new Pending();
    private final Link link;

    private Telpher(ClientUrl url, ClientOptions options) throws SSLException {
        this.url = url;
        this.options = options;
        this.tls = url.tls() == null ? null : Tls.context(url.tls());
        this.group = new NioEventLoopGroup(1, new DefaultThreadFactory("telpher-client", true));
        this.callbacks = new Callbacks(options.callbackExecutor());
        this.link = newLink(new Connection());
        link.loop().scheduleAtFixedRate(callbacks::check, CALLBACK_CHECK_MS, CALLBACK_CHECK_MS, TimeUnit.MILLISECONDS);
    }

    /** Tells the application's listener. */
    private final class Connection implements LinkListener {
        @Override
        public void connected() {
            String address = url.toString();
            callbacks.execute(() -> options.listener().connected(address));
        }

        @Override
        public void disconnected(String reason) {
            callbacks.execute(() -> options.listener().disconnected(reason));
        }

        @Override
        public void pushed(ByteBuffer frame) {
            // Only workers are told something.
        }
    }

    /**
     * Connects, and waits for the broker's welcome.
     *
     * @param url {@code tq://[token@]host[:8357][,host[:8357]...]}, {@code tqs://} with TLS and {@code ?ca=FILE&cert=FILE&key=FILE} (PEM); what it does not
     *     say comes from {@code TELPHER_TOKEN}, {@code TELPHER_CA}, {@code TELPHER_CERT}, {@code TELPHER_KEY}
     * @throws ConnectionException when there is no welcome within 10 s; at once when another try would end alike, since a certificate is refused or one side speaks no TLS
     */
    public static Telpher connect(String url) {
        return builder(url).connect();
    }

    /** @param clientName what operators see in the list of workers */
    public static Telpher connect(String url, String clientName) {
        return builder(url).clientName(clientName).connect();
    }

    /** A client that is set up before it connects; the URL as for {@link #connect(String)}. */
    public static Builder builder(String url) {
        return new Builder(url);
    }

    /** Sets a client up. Not thread-safe. */
    public static final class Builder {
        private final String url;
        private final ClientOptions byDefault = ClientOptions.byDefault(
                "java-client pid " + ProcessHandle.current().pid());
        private String clientName = byDefault.clientName();
        private Duration connectTimeout = byDefault.connectTimeout();
        private Duration requestTimeout = byDefault.requestTimeout();
        private int windowRequests = byDefault.windowRequests();
        private long windowBytes = byDefault.windowBytes();
        private boolean failsWhenFull;
        private boolean lazy;
        private Executor callbackExecutor = byDefault.callbackExecutor();
        private ConnectionListener listener = byDefault.listener();

        private Builder(String url) {
            this.url = url;
        }

        /** What operators see in the list of workers. */
        public Builder clientName(String name) {
            clientName = name;
            return this;
        }

        /** How long {@link #connect} and {@link Worker.Builder#start} wait for the broker; 10 s. */
        public Builder connectTimeout(Duration timeout) {
            connectTimeout = timeout;
            return this;
        }

        /** How long a call waits for its reply, room in the window and a connection included; 30 s. */
        public Builder requestTimeout(Duration timeout) {
            requestTimeout = timeout;
            return this;
        }

        /**
         * What may be under way at once on one connection; 16,384 requests, and 64 MiB or a quarter of the heap, whichever is less. Beyond it callers wait.
         *
         * @param requests 1 to 16,384
         * @param bytes 1 to 1 GiB; a request larger than this is sent when nothing else is under way
         */
        public Builder window(int requests, long bytes) {
            windowRequests = requests;
            windowBytes = bytes;
            return this;
        }

        /** When the window is full a call fails with OVERLOADED instead of waiting. */
        public Builder failWhenFull() {
            failsWhenFull = true;
            return this;
        }

        /** {@link #connect} and {@link Worker.Builder#start} return at once; requests wait for the connection, until their timeout. */
        public Builder lazy() {
            lazy = true;
            return this;
        }

        /** What runs the callbacks of futures, and listeners; by default threads of the client's own, which end when they are idle. */
        public Builder callbackExecutor(Executor executor) {
            callbackExecutor = executor;
            return this;
        }

        public Builder listener(ConnectionListener connectionListener) {
            listener = connectionListener;
            return this;
        }

        /**
         * Connects.
         *
         * @throws IllegalArgumentException when the URL is malformed or an option out of its range
         * @throws ConnectionException as {@link Telpher#connect(String)}; a lazy client throws it only when TLS can't be set up
         */
        @SuppressWarnings("resource") // handed to the caller, closed when connecting failed
        public Telpher connect() {
            ClientUrl parsed = ClientUrl.parse(url);
            ClientOptions options = new ClientOptions(
                    clientName,
                    connectTimeout,
                    requestTimeout,
                    windowRequests,
                    windowBytes,
                    failsWhenFull,
                    lazy,
                    callbackExecutor,
                    listener);
            options.check();
            try {
                Telpher telpher = new Telpher(parsed, options);
                telpher.open();
                return telpher;
            } catch (SSLException e) {
                throw new ConnectionException("TLS can't be set up: " + e.getMessage(), false, e);
            }
        }
    }

    private void open() {
        CompletableFuture<Void> welcome = link.open();
        if (options.lazy()) {
            return;
        }
        boolean open = false;
        try {
            awaitConnected(welcome, link);
            open = true;
        } finally {
            if (!open) {
                close(Duration.ZERO);
            }
        }
    }

    /** Waits for the broker, at most the connect timeout. */
    void awaitConnected(CompletableFuture<Void> ready, Link by) {
        try {
            ready.get(options.connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new ConnectionException("no broker answers at " + this.url + ": " + by.lastFailure(), false, e);
        } catch (ExecutionException e) {
            throw unwrapped(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectionException("interrupted while connecting to " + this.url, false, e);
        }
    }

    boolean isLazy() {
        return options.lazy();
    }

    Executor callbacks() {
        return callbacks::execute;
    }

    /** Whether there is a connection now. */
    public ConnectionState state() {
        return link.state();
    }

    Link newLink(LinkListener listener) {
        return new Link(url, options, group.next(), tls, listener);
    }

    static FrameWriter writer() {
        return WRITER.get().clear();
    }

    /** The request's bytes, valid until this thread writes the next one. A writer left inside a frame is of no more use. */
    static ByteBuffer written(IntFunction<FrameWriter> request, int requestId) {
        boolean whole = false;
        try {
            ByteBuffer frame = request.apply(requestId).written();
            whole = true;
            return frame;
        } finally {
            if (!whole) {
                WRITER.remove();
            }
        }
    }

    /** After a large frame: a thread that wrote one payload of 16 MiB does not keep room for it. */
    static void shrinkWriter(int writtenBytes) {
        if (writtenBytes > WRITER_BYTES_KEPT) {
            WRITER.remove();
        }
    }

    // ---- tasks

    /**
     * Submits and waits until the task is durable.
     *
     * @throws TelpherException when the broker refuses it
     * @throws ConnectionException when there is no answer within the request timeout, or the thread was interrupted
     */
    public Submission submit(TaskSpec task) {
        return submit(task, options.requestTimeout());
    }

    /** {@link #submit(TaskSpec)} with a timeout of its own. */
    public Submission submit(TaskSpec task, Duration timeout) {
        long endNanos = Link.endNanos(timeout);
        return await(submitted(task, endNanos), endNanos);
    }

    /**
     * Completes when the task is durable. Pipelined: the caller waits while the window is full, see {@link Builder#window}. The task is encoded before this returns.
     */
    public CompletableFuture<Submission> submitAsync(TaskSpec task) {
        return callbacks.toCaller(submitted(task, Link.endNanos(options.requestTimeout())));
    }

    private CompletableFuture<Submission> submitted(TaskSpec task, long endNanos) {
        // What may be sent again is encoded once: the caller may change the task meanwhile.
        CompletableFuture<ByteBuffer> reply = task.idempotencyKey().isEmpty()
                ? counted(() -> link.call(id -> Submit.write(writer(), id, task), endNanos))
                : askAgain(written(id -> Submit.write(writer(), id, task)), endNanos);
        return reply.thenApply(frame -> Submission.of(new Submitted().wrap(frame, 0)));
    }

    /** Up to 1000 tasks and 4 MiB, all accepted or none; in the order given. */
    public List<Submission> submitBatch(List<TaskSpec> tasks) {
        long endNanos = Link.endNanos(options.requestTimeout());
        return await(batchSubmitted(tasks, endNanos), endNanos);
    }

    public CompletableFuture<List<Submission>> submitBatchAsync(List<TaskSpec> tasks) {
        return callbacks.toCaller(batchSubmitted(tasks, Link.endNanos(options.requestTimeout())));
    }

    private CompletableFuture<List<Submission>> batchSubmitted(List<TaskSpec> tasks, long endNanos) {
        FrameWriter frames = new FrameWriter();
        tasks.forEach(task -> Submit.write(frames, 0, task));
        boolean repeatable =
                tasks.stream().noneMatch(task -> task.idempotencyKey().isEmpty());
        int count = tasks.size();
        IntFunction<FrameWriter> request = id -> SubmitBatch.write(writer(), id, count, frames.written());
        CompletableFuture<ByteBuffer> reply =
                repeatable ? ask(request, endNanos) : counted(() -> link.call(request, endNanos));
        return reply.thenApply(Telpher::submissions);
    }

    private static List<Submission> submissions(ByteBuffer frame) {
        BatchSubmitted reply = new BatchSubmitted().wrap(frame, 0);
        List<Submission> submissions = new ArrayList<>();
        for (int i = 0; i < reply.count(); i++) {
            submissions.add(
                    new Submission(reply.taskId(i), reply.state(i), reply.createdAtMs(), reply.duplicate(i), null));
        }
        return submissions;
    }

    /** The task as it stands, without payload. */
    public TaskView get(long taskId) {
        return task(ask(id -> Get.write(writer(), id, taskId, false)));
    }

    /** @param withPayload whether payload and headers are wanted too */
    public CompletableFuture<TaskView> getAsync(long taskId, boolean withPayload) {
        return callbacks.toCaller(
                ask(id -> Get.write(writer(), id, taskId, withPayload), Link.endNanos(options.requestTimeout()))
                        .thenApply(Telpher::task));
    }

    /**
     * Waits for the task to be final, at most so long; then gives it as it stands.
     *
     * @throws ConnectionException when the broker has not said within {@code timeout} and a second how it stands
     */
    public TaskView waitFor(long taskId, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            int waitMs = (int) Math.max(0, Math.min(WAIT_MS_MAX, leftMs));
            long endNanos = waitEndNanos(waitMs);
            TaskView task = await(
                    ask(id -> WaitFor.write(writer(), id, taskId, waitMs), endNanos)
                            .thenApply(Telpher::task),
                    endNanos);
            if (task.state.isFinal() || leftMs <= WAIT_MS_MAX) {
                return task;
            }
        }
    }

    /** @param waitMs at most 60,000 */
    public CompletableFuture<TaskView> waitForAsync(long taskId, int waitMs) {
        return callbacks.toCaller(ask(id -> WaitFor.write(writer(), id, taskId, waitMs), waitEndNanos(waitMs))
                .thenApply(Telpher::task));
    }

    /** The reply is due when the wait is over; it may take its time on the way. */
    private static long waitEndNanos(int waitMs) {
        return Link.endNanos(Duration.ofMillis(waitMs).plus(REPLY_MARGIN));
    }

    private static TaskView task(ByteBuffer frame) {
        return new Task().wrap(frame, 0).view();
    }

    /** Cancels; {@code ACTIVE} in return means that its worker was asked to stop. */
    public TaskState cancel(long taskId) {
        return new TaskStateReply()
                .wrap(ask(id -> Cancel.write(writer(), id, taskId)), 0)
                .state();
    }

    /** There and back; a sign of life. */
    public void ping() {
        ask(id -> Ping.write(writer(), id));
    }

    /** Queues, dead letters, statistics. */
    public Operations operations() {
        return new Operations(this);
    }

    /**
     * A worker on these queues, in order of preference; or by weight, as in {@code worker("mail:3", "sms:1")}: while both have tasks, three of mail come
     * for one of sms. Set it up, then start it.
     *
     * @throws IllegalArgumentException when a weight is not 1 to 100
     */
    public Worker.Builder worker(String... queues) {
        List<String> names = List.of(queues);
        Reserve.requireWeights(names);
        return new Worker.Builder(this, names);
    }

    /** A worker on these queues by weight, 1 to 100 each. */
    public Worker.Builder worker(Map<String, Integer> weights) {
        return worker(weights.entrySet().stream()
                .map(queue -> queue.getKey() + ":" + queue.getValue())
                .toArray(String[]::new));
    }

    // ---- asking

    /** Asks what is the same when asked twice, and waits for the reply. */
    ByteBuffer ask(IntFunction<FrameWriter> request) {
        long endNanos = Link.endNanos(options.requestTimeout());
        return await(ask(request, endNanos), endNanos);
    }

    /** @param repeatable doing it twice is the same as doing it once, so a lost connection means: again */
    CompletableFuture<ByteBuffer> ask(IntFunction<FrameWriter> request, boolean repeatable) {
        long endNanos = Link.endNanos(options.requestTimeout());
        return repeatable ? ask(request, endNanos) : counted(() -> link.call(request, endNanos));
    }

    /** Doing it twice is the same as doing it once, so a lost connection means: again. */
    private CompletableFuture<ByteBuffer> ask(IntFunction<FrameWriter> request, long endNanos) {
        return counted(() -> again(() -> link.call(request, endNanos), endNanos, RESENDS_MAX));
    }

    private CompletableFuture<ByteBuffer> askAgain(ByteBuffer encoded, long endNanos) {
        byte[] frame = new byte[encoded.remaining()];
        encoded.get(frame);
        return counted(() -> again(() -> link.call(frame, endNanos), endNanos, RESENDS_MAX));
    }

    /** The encoded frame, its request id still to be set. */
    private static ByteBuffer written(IntFunction<FrameWriter> request) {
        return written(request, 0);
    }

    private CompletableFuture<ByteBuffer> again(
            Supplier<CompletableFuture<ByteBuffer>> call, long endNanos, int resendsLeft) {
        return call.get().exceptionallyCompose(failure -> {
            boolean lost = failure instanceof ConnectionException connection && connection.isOutcomeUnknown();
            return lost && resendsLeft > 0 && endNanos - System.nanoTime() > 0
                    ? again(call, endNanos, resendsLeft - 1)
                    : CompletableFuture.failedFuture(failure);
        });
    }

    /** A {@link #flush} waits for it. */
    private <T> CompletableFuture<T> counted(Supplier<CompletableFuture<T>> call) {
        int counter = pending.began();
        boolean asked = false;
        try {
            CompletableFuture<T> reply = call.get().whenComplete((value, failure) -> pending.ended(counter));
            asked = true;
            return reply;
        } finally {
            if (!asked) {
                pending.ended(counter);
            }
        }
    }

    <T> T await(CompletableFuture<T> reply) {
        return await(reply, Link.endNanos(options.requestTimeout()));
    }

    private <T> T await(CompletableFuture<T> reply, long endNanos) {
        if (link.loop().inEventLoop()) {
            throw new IllegalStateException("this is the client's own thread, which would wait for itself");
        }
        if (!reply.isDone()) {
            Callbacks.blocks();
        }
        try {
            return reply.get(Math.max(0, endNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw unwrapped(e);
        } catch (TimeoutException e) {
            throw new ConnectionException(
                    "no reply from " + url + " within the timeout (" + link.lastFailure()
                            + "); the request may have taken effect",
                    true,
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectionException(
                    "interrupted while waiting for the reply; the request may have taken effect", true, e);
        }
    }

    private static RuntimeException unwrapped(Exception e) {
        if (e.getCause() instanceof TelpherException refusal) {
            // A copy from this thread, so that its stack shows who asked.
            refusal.addSuppressed(new IllegalStateException("asked from here"));
            return refusal;
        }
        return new IllegalStateException(e.getCause());
    }

    boolean isClosed() {
        return group.isShuttingDown();
    }

    /**
     * Waits until everything is answered that was asked for before this call, submits above all.
     *
     * @return false when it is not after {@code timeout}
     */
    public boolean flush(Duration timeout) throws InterruptedException {
        Callbacks.blocks();
        return pending.flush(timeout.toNanos());
    }

    /** Like {@link #close(Duration)} with 10 s. */
    @Override
    public void close() {
        close(CLOSE_TIMEOUT);
    }

    /** Waits at most {@code timeout} for what was asked for, then closes the connection. Workers made here must be closed before. */
    public void close(Duration timeout) {
        try {
            if (!isClosed() && !link.loop().inEventLoop()) {
                flush(timeout);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        link.close().join();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
