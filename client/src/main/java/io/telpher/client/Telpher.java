package io.telpher.client;

import static io.telpher.client.Requests.writer;

import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.telpher.client.Requests.Terms;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.session.Ping;
import io.telpher.protocol.task.Cancel;
import io.telpher.protocol.task.Get;
import io.telpher.protocol.task.Task;
import io.telpher.protocol.task.TaskStateReply;
import io.telpher.protocol.task.WaitFor;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A broker, as a program sees it. One connection, shared by all threads; it comes back by itself when it is lost. Every method is
 * thread-safe. Methods that wait throw {@link TelpherException} when the broker refuses, {@link ConnectionException} when it can't be asked.
 *
 * <p>A request that was cut off by a lost connection may have taken effect. A submit with an idempotency key is therefore sent
 * again until it is answered; one without fails with {@link ConnectionException#isOutcomeUnknown}. {@link TelpherBuilder#autoKeys} gives each submit a key.
 *
 * <p>Every call has a timeout, 30 s unless the builder or {@link #within} says otherwise; callbacks of the futures run on an executor of the client's or the caller's, so they
 * may block.
 *
 * <pre>{@code
 * try (Telpher telpher = Telpher.connect("tq://127.0.0.1:8357")) {
 *     telpher.submit(TaskSpec.type("mail").payload("hello"));
 * }
 * }</pre>
 */
public final class Telpher implements AutoCloseable {
    private static final int WAIT_MS_MAX = 60_000;
    /** Between two questions of {@link #waitFor}, when the broker answers the first before its time: one that stops does. */
    private static final long ASK_AGAIN_MS = 50;

    private static final Duration REPLY_MARGIN = Duration.ofSeconds(1);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    private final ClientUrl url;
    private final ClientOptions options;
    private final EventLoop loop;
    private final AtomicBoolean closed;
    private final @Nullable SslContext tls;
    private final Callbacks callbacks;
    private final Set<Worker> workers;
    private final Link link;
    private final Requests requests;
    private final Submits submits;
    private final Duration timeout;
    private final boolean failsWhenFull;

    Telpher(ClientUrl url, ClientOptions options) throws SSLException {
        this.url = url;
        this.options = options;
        this.tls = url.tls() == null ? null : Tls.context(url.tls());
        this.loop = SharedLoops.OF_PROCESS.take();
        this.closed = new AtomicBoolean();
        this.callbacks = new Callbacks(options.callbackExecutor(), loop);
        this.workers = ConcurrentHashMap.newKeySet();
        Counts counts = new Counts();
        this.link = newLink(new Connection(), counts);
        this.requests = new Requests(link, callbacks, counts);
        this.submits = new Submits(requests, options);
        this.timeout = options.requestTimeout();
        this.failsWhenFull = options.failsWhenFull();
    }

    /** The same client for calls on other terms. */
    private Telpher(Telpher whole, Duration timeout, boolean failsWhenFull) {
        this.url = whole.url;
        this.options = whole.options;
        this.tls = whole.tls;
        this.loop = whole.loop;
        this.closed = whole.closed;
        this.callbacks = whole.callbacks;
        this.workers = whole.workers;
        this.link = whole.link;
        this.requests = whole.requests;
        this.submits = whole.submits;
        this.timeout = timeout;
        this.failsWhenFull = failsWhenFull;
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
    public static TelpherBuilder builder(String url) {
        return new TelpherBuilder(url);
    }

    void open() {
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
            throw Requests.unwrapped(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectionException("interrupted while connecting to " + this.url, false, e);
        }
    }

    ClientOptions options() {
        return options;
    }

    Executor callbacks() {
        return callbacks::execute;
    }

    /** Whether there is a connection now. */
    public ConnectionState state() {
        return link.state();
    }

    /** What this client has done so far. */
    public ClientCounters counters() {
        return link.counters();
    }

    Link newLink(LinkListener listener) {
        return newLink(listener, new Counts());
    }

    private Link newLink(LinkListener listener, Counts counts) {
        return new Link(url, options, loop, tls, listener, counts);
    }

    // ---- terms of calls

    /**
     * The same client, whose calls wait so long instead of the builder's {@code requestTimeout}, as in {@code telpher.within(Duration.ofSeconds(1)).submit(task)}. Cheap; closing
     * it closes the client.
     *
     * @throws IllegalArgumentException when it is not more than 0 and at most 24 h
     */
    public Telpher within(Duration callTimeout) {
        ClientOptions.requireTimeout("timeout", callTimeout);
        return new Telpher(this, callTimeout, failsWhenFull);
    }

    /** The same client, whose calls fail with OVERLOADED when the window is full, instead of waiting for room. Cheap; closing it closes the client. */
    public Telpher failWhenFull() {
        return new Telpher(this, timeout, true);
    }

    private Terms terms() {
        return Terms.of(timeout, failsWhenFull);
    }

    // ---- tasks

    /** A task whose payload is written by the codec that takes it; {@code task("mail", mail).queue("slow")}. */
    public TaskSpec task(String type, Object payload) {
        return options.codecs().task(type, payload);
    }

    /** Submits {@link #task} and waits until it is durable; errors as of {@link #submit(TaskSpec)}. */
    public Submission submit(String type, Object payload) {
        return submit(task(type, payload));
    }

    /**
     * Submits and waits until the task is durable.
     *
     * @throws TelpherException when the broker refuses it
     * @throws ConnectionException when there is no answer within the request timeout, or the thread was interrupted
     */
    public Submission submit(TaskSpec task) {
        return submits.one(task, terms());
    }

    /** {@link #submit(TaskSpec)} with a timeout of its own. */
    public Submission submit(TaskSpec task, Duration callTimeout) {
        return submits.one(task, Terms.of(callTimeout, failsWhenFull));
    }

    /** Completes when the task is durable. Pipelined: the caller waits while the window is full, see {@link TelpherBuilder#window}. The task is encoded before this returns. */
    public CompletableFuture<Submission> submitAsync(TaskSpec task) {
        return submits.oneAsync(task, terms());
    }

    /** Up to 1000 tasks and 4 MiB (or one largest payload, if that is more), all accepted or none; in the order given. For more see {@link #submitAll}. */
    public List<Submission> submitBatch(List<TaskSpec> tasks) {
        return submits.batch(tasks, terms());
    }

    /** {@link #submitBatch} that does not wait. */
    public CompletableFuture<List<Submission>> submitBatchAsync(List<TaskSpec> tasks) {
        return submits.batchAsync(tasks, terms());
    }

    /**
     * Any number of tasks, in batches as large as they may be; each batch is accepted or refused as a whole. Returns in the order given.
     *
     * @throws TelpherException at the first batch that is refused; those before it are accepted, and so is what has keys when it is submitted again
     */
    public List<Submission> submitAll(List<TaskSpec> tasks) {
        return submits.all(tasks, this::terms);
    }

    /** The task as it stands, without payload. */
    public TaskView get(long taskId) {
        return task(ask(id -> Get.write(writer(), id, taskId, false)));
    }

    /** @param withPayload whether payload and headers are wanted too */
    public CompletableFuture<TaskView> getAsync(long taskId, boolean withPayload) {
        return requests.toCaller(
                requests.repeatable(id -> Get.write(writer(), id, taskId, withPayload), terms()), Telpher::task);
    }

    /**
     * Waits for the task to be final, at most so long; then gives it as it stands.
     *
     * @throws ConnectionException when the broker has not said within {@code longest} and a second how it stands
     */
    public TaskView waitFor(long taskId, Duration longest) {
        long deadline = System.nanoTime() + Link.nanos(longest);
        TaskView task = asked(taskId, deadline);
        while (!task.state.isFinal() && leftMs(deadline) > 0) {
            pause(Math.min(ASK_AGAIN_MS, leftMs(deadline)));
            task = asked(taskId, deadline);
        }
        return task;
    }

    private TaskView asked(long taskId, long deadline) {
        int waitMs = (int) Math.max(0, Math.min(WAIT_MS_MAX, leftMs(deadline)));
        Terms terms = waitTerms(waitMs);
        return task(
                requests.await(requests.repeatable(id -> WaitFor.write(writer(), id, taskId, waitMs), terms), terms));
    }

    private static long leftMs(long deadline) {
        return TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    }

    private static void pause(long ms) {
        try {
            TimeUnit.MILLISECONDS.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectionException("interrupted while waiting for the task to be final", false, e);
        }
    }

    /**
     * Completes when the task is final, or as it stands after {@code waitMs}; sooner when the broker stops meanwhile.
     *
     * @param waitMs 0 to 60,000
     */
    public CompletableFuture<TaskView> waitForAsync(long taskId, int waitMs) {
        return requests.toCaller(
                requests.repeatable(id -> WaitFor.write(writer(), id, taskId, waitMs), waitTerms(waitMs)),
                Telpher::task);
    }

    /** The reply is due when the wait is over; it may take its time on the way. */
    private Terms waitTerms(int waitMs) {
        return Terms.of(Duration.ofMillis(waitMs).plus(REPLY_MARGIN), failsWhenFull);
    }

    private static TaskView task(ByteBuffer frame) {
        return new Task().wrap(frame, 0).view();
    }

    /**
     * A task's result, read by the codec that takes this type; null when it has none.
     *
     * @throws IllegalArgumentException when the result is something else
     */
    public <T> @Nullable T result(TaskView task, Class<T> type) {
        Class<T> boxed = Codecs.boxed(type);
        return boxed.cast(result(task.result, boxed));
    }

    private @Nullable Object result(Result result, Type type) {
        return result.isPresent() ? options.codecs().decode(result, type) : null;
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

    /** Asks the broker for a sign of life, at most as long as a call waits; never throws for a broker that can't be reached. */
    public Health health() {
        long startNanos = System.nanoTime();
        boolean up = false;
        String detail;
        try {
            ping();
            up = true;
            detail = url + " answers";
        } catch (TelpherException e) {
            detail = String.valueOf(e.getMessage());
        }
        return new Health(up, detail, Duration.ofNanos(System.nanoTime() - startNanos));
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
    public WorkerBuilder worker(String... queues) {
        List<String> names = List.of(queues);
        Reserve.requireWeights(names);
        return new WorkerBuilder(this, names);
    }

    /** A worker on these queues by weight, 1 to 100 each. */
    public WorkerBuilder worker(Map<String, Integer> weights) {
        return worker(weights.entrySet().stream()
                .map(queue -> queue.getKey() + ":" + queue.getValue())
                .toArray(String[]::new));
    }

    // ---- asking

    /** Asks what is the same when asked twice, and waits for the reply. */
    ByteBuffer ask(IntFunction<FrameWriter> request) {
        Terms terms = terms();
        return requests.await(requests.repeatable(request, terms), terms);
    }

    /** @param repeatable doing it twice is the same as doing it once, so a lost connection means: again */
    CompletableFuture<ByteBuffer> ask(IntFunction<FrameWriter> request, boolean repeatable) {
        return repeatable ? requests.repeatable(request, terms()) : requests.once(request, terms());
    }

    ByteBuffer await(CompletableFuture<ByteBuffer> reply) {
        return requests.await(reply, terms());
    }

    // ---- closing

    boolean isClosed() {
        return closed.get();
    }

    void opened(Worker worker) {
        workers.add(worker);
    }

    void left(Worker worker) {
        workers.remove(worker);
    }

    /**
     * Waits until everything is answered that was asked for before this call, submits above all.
     *
     * @return false when it is not after {@code longest}
     */
    public boolean flush(Duration longest) throws InterruptedException {
        return requests.flush(longest);
    }

    /** Like {@link #close(Duration)} with 10 s. */
    @Override
    public void close() {
        close(CLOSE_TIMEOUT);
    }

    /**
     * Waits at most {@code longest} for what was asked for, then closes the connection. Workers should be closed before: those that were not are cut off, and their tasks go to
     * others.
     */
    public void close(Duration longest) {
        try {
            if (!isClosed() && !link.loop().inEventLoop()) {
                flush(longest);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        workers.forEach(Worker::cut);
        link.close().join();
        if (closed.compareAndSet(false, true)) {
            SharedLoops.OF_PROCESS.giveBack();
        }
    }
}
