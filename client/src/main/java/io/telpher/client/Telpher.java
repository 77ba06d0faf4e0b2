package io.telpher.client;

import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.telpher.protocol.BatchSubmitted;
import io.telpher.protocol.Cancel;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.Get;
import io.telpher.protocol.Ping;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.IntFunction;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A broker, as a program sees it. One connection, shared by all threads; it comes back by itself when it is lost. Every method is
 * thread-safe. Methods that wait throw {@link TelpherException} when the broker refuses, {@link ConnectionException} when it can't be asked.
 *
 * <p>A request that was cut off by a lost connection may have taken effect. A submit with an idempotency key is therefore sent
 * again until it is answered; one without fails with {@link ConnectionException#isOutcomeUnknown}.
 */
public final class Telpher implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final int RESENDS_MAX = 10;
    private static final int WAIT_MS_MAX = 60_000;
    private static final ThreadLocal<FrameWriter> WRITER = ThreadLocal.withInitial(FrameWriter::new);

    private final ClientUrl url;
    private final String clientName;
    private final NioEventLoopGroup group;
    private final @Nullable SslContext tls;
    private final Link link;

    private Telpher(ClientUrl url, String clientName) throws SSLException {
        this.url = url;
        this.clientName = clientName;
        this.tls = url.tls() == null ? null : Tls.context(url.tls());
        this.group = new NioEventLoopGroup(1, new DefaultThreadFactory("telpher-client", true));
        this.link = newLink(LinkListener.SILENT);
    }

    /**
     * Connects, and waits for the broker's welcome.
     *
     * @param url {@code tq://[token@]host[:8357]}, {@code tqs://} with TLS and {@code ?ca=FILE&cert=FILE&key=FILE} (PEM); what it does not
     *     say comes from {@code TELPHER_TOKEN}, {@code TELPHER_CA}, {@code TELPHER_CERT}, {@code TELPHER_KEY}
     * @throws ConnectionException when there is no welcome within 10 s; at once when another try would end alike, since a certificate is refused or one side speaks no TLS
     */
    public static Telpher connect(String url) {
        return connect(url, "java-client pid " + ProcessHandle.current().pid());
    }

    /** @param clientName what operators see in the list of workers */
    @SuppressWarnings("resource") // handed to the caller, closed when connecting failed
    public static Telpher connect(String url, String clientName) {
        ClientUrl parsed = ClientUrl.parse(url);
        try {
            Telpher telpher = new Telpher(parsed, clientName);
            telpher.awaitWelcome();
            return telpher;
        } catch (SSLException e) {
            throw new ConnectionException("TLS can't be set up: " + e.getMessage(), false, e);
        }
    }

    private void awaitWelcome() {
        try {
            link.open().get(CONNECT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            close();
            throw new ConnectionException("no broker answers at " + this.url + ": " + link.lastFailure(), false, e);
        } catch (ExecutionException e) {
            close();
            throw unwrapped(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new ConnectionException("interrupted while connecting to " + this.url, false, e);
        }
    }

    Link newLink(LinkListener listener) {
        return new Link(url, clientName, group.next(), tls, listener);
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

    // ---- tasks

    /** Submits and waits until the task is durable. */
    public Submission submit(TaskSpec task) {
        return await(submitAsync(task));
    }

    /**
     * Completes when the task is durable. Pipelined: the caller waits while 16,384 requests or 64 MiB are under way;
     * on the client's own thread, where callbacks run, it fails with OVERLOADED instead. Leave the task alone until then.
     */
    public CompletableFuture<Submission> submitAsync(TaskSpec task) {
        return ask(
                        id -> Submit.write(writer(), id, task),
                        !task.idempotencyKey().isEmpty())
                .thenApply(frame -> Submission.of(new Submitted().wrap(frame, 0)));
    }

    /** Up to 1000 tasks, all accepted or none; in the order given. */
    public List<Submission> submitBatch(List<TaskSpec> tasks) {
        return await(submitBatchAsync(tasks));
    }

    public CompletableFuture<List<Submission>> submitBatchAsync(List<TaskSpec> tasks) {
        FrameWriter frames = new FrameWriter();
        tasks.forEach(task -> Submit.write(frames, 0, task));
        boolean repeatable =
                tasks.stream().noneMatch(task -> task.idempotencyKey().isEmpty());
        return ask(id -> SubmitBatch.write(writer(), id, tasks.size(), frames.written()), repeatable)
                .thenApply(Telpher::submissions);
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
        return await(getAsync(taskId, false));
    }

    /** @param withPayload whether payload and headers are wanted too */
    public CompletableFuture<TaskView> getAsync(long taskId, boolean withPayload) {
        return ask(id -> Get.write(writer(), id, taskId, withPayload), true).thenApply(Telpher::task);
    }

    /** Waits for the task to be final, at most so long; then gives it as it stands. */
    public TaskView waitFor(long taskId, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            int waitMs = (int) Math.max(0, Math.min(WAIT_MS_MAX, leftMs));
            TaskView task = await(waitForAsync(taskId, waitMs));
            if (task.state.isFinal() || leftMs <= WAIT_MS_MAX) {
                return task;
            }
        }
    }

    /** @param waitMs at most 60,000 */
    public CompletableFuture<TaskView> waitForAsync(long taskId, int waitMs) {
        return ask(id -> WaitFor.write(writer(), id, taskId, waitMs), true).thenApply(Telpher::task);
    }

    private static TaskView task(ByteBuffer frame) {
        return new Task().wrap(frame, 0).view();
    }

    /** Cancels; {@code ACTIVE} in return means that its worker was asked to stop. */
    public TaskState cancel(long taskId) {
        return await(ask(id -> Cancel.write(writer(), id, taskId), true)
                .thenApply(frame -> new TaskStateReply().wrap(frame, 0).state()));
    }

    /** There and back; a sign of life. */
    public void ping() {
        await(ask(id -> Ping.write(writer(), id), true));
    }

    /** Queues, dead letters, statistics. */
    public Operations operations() {
        return new Operations(this);
    }

    /** A worker on these queues, in order of preference. Set it up, then start it. */
    public Worker.Builder worker(String... queues) {
        return new Worker.Builder(this, List.of(queues));
    }

    // ---- asking

    /** @param repeatable doing it twice is the same as doing it once, so a lost connection means: again */
    CompletableFuture<ByteBuffer> ask(IntFunction<FrameWriter> request, boolean repeatable) {
        CompletableFuture<ByteBuffer> reply = link.call(request);
        return repeatable ? again(reply, request, RESENDS_MAX) : reply;
    }

    private CompletableFuture<ByteBuffer> again(
            CompletableFuture<ByteBuffer> reply, IntFunction<FrameWriter> request, int resendsLeft) {
        Function<Throwable, CompletableFuture<ByteBuffer>> onFailure = failure -> {
            boolean lost = failure instanceof ConnectionException connection && connection.isOutcomeUnknown();
            return lost && resendsLeft > 0
                    ? again(link.call(request), request, resendsLeft - 1)
                    : CompletableFuture.failedFuture(failure);
        };
        return reply.exceptionallyCompose(onFailure);
    }

    static <T> T await(CompletableFuture<T> reply) {
        try {
            return reply.join();
        } catch (CompletionException e) {
            throw unwrapped(e);
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

    /** Closes the connection. Workers made here must be closed before. */
    @Override
    public void close() {
        link.close().join();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
