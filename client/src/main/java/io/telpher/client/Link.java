package io.telpher.client;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.Hello;
import io.telpher.protocol.Ping;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the broker that comes back by itself. Requests are pipelined and matched to replies by id; what several threads send at
 * the same time leaves in one flush. {@link #call} is thread-safe, everything else runs on the event loop.
 */
final class Link {
    private static final System.Logger LOG = System.getLogger(Link.class.getName());
    private static final long BACKOFF_MS_MIN = 50;
    private static final long BACKOFF_MS_MAX = 5_000;
    private static final int RETRY_AFTER_MS = 100;
    private static final long UNSENT_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);

    private final Window window = new Window();

    private final ClientUrl url;
    private final String clientName;
    private final EventLoop loop;
    private final @Nullable SslContext tls;
    private final LinkListener listener;
    private final Queue<Call> submitted = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean drainScheduled = new AtomicBoolean();
    private final AtomicInteger requestIds = new AtomicInteger();
    private final CompletableFuture<Void> firstWelcome = new CompletableFuture<>();

    // Below: the event loop's own.
    private final Deque<Call> unsent = new ArrayDeque<>();
    private final IntObjectMap<Call> sent = new IntObjectHashMap<>();
    private @Nullable Channel channel;
    private boolean welcome;
    private boolean closed;
    private int failures;
    private @Nullable String nonsense;
    private final SignsOfLife life = new SignsOfLife();
    private @Nullable Future<?> everySecond;

    private volatile String lastFailure = "not connected yet";
    private volatile int frameBytesMax = Integer.MAX_VALUE;

    Link(ClientUrl url, String clientName, EventLoop loop, @Nullable SslContext tls, LinkListener listener) {
        this.url = url;
        this.clientName = clientName;
        this.loop = loop;
        this.tls = tls;
        this.listener = listener;
    }

    /** Starts connecting; completes at the first welcome. A refusal by the broker fails it, an unreachable host is tried again. */
    CompletableFuture<Void> open() {
        loop.execute(() -> {
            everySecond = loop.scheduleAtFixedRate(this::checkSecond, 1, 1, TimeUnit.SECONDS);
            connect();
        });
        return firstWelcome;
    }

    EventLoop loop() {
        return loop;
    }

    boolean isWelcome() {
        return welcome;
    }

    /**
     * Waits for room in the window, unless on the event loop, which is what makes room.
     *
     * @param frame writes the request's frame for the id it is given
     */
    CompletableFuture<ByteBuffer> call(IntFunction<FrameWriter> frame) {
        int requestId = requestIds.updateAndGet(id -> id == -1 ? 1 : id + 1); // 0 stands for what nobody asked for
        ByteBuffer bytes = Telpher.written(frame, requestId);
        int size = bytes.remaining();
        if (size > Math.min(frameBytesMax, Window.BYTES_MAX)) {
            return CompletableFuture.failedFuture(new TelpherException(
                    ErrorCode.PAYLOAD_TOO_LARGE, tooLarge(size, Math.min(frameBytesMax, Window.BYTES_MAX)), 0, null));
        }
        // The frame lies in this thread's writer, so no reply may run on this thread before it is copied.
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(size).writeBytes(bytes);
        if (!takeRoom(size)) {
            buffer.release();
            return CompletableFuture.failedFuture(new TelpherException(
                    ErrorCode.OVERLOADED, "too many requests are under way; wait for replies", RETRY_AFTER_MS, null));
        }
        Call call = new Call(requestId, buffer);
        submitted.add(call);
        if (drainScheduled.compareAndSet(false, true)) {
            try {
                loop.execute(this::drain);
            } catch (RejectedExecutionException e) {
                failSubmitted();
            }
        }
        return call.reply();
    }

    /** The client is closed, and its event loop has ended: nobody else will answer what was submitted since. */
    private void failSubmitted() {
        drainScheduled.set(false);
        for (Call call = submitted.poll(); call != null; call = submitted.poll()) {
            fail(call, clientIsClosed());
        }
    }

    private static ConnectionException clientIsClosed() {
        return new ConnectionException("the client is closed", false, null);
    }

    /** Says what has no reply; lost when there is no connection. On the event loop. */
    void tell(FrameWriter frame) {
        Channel open = channel;
        if (open != null) {
            ByteBuf copy = PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(frame.written());
            open.writeAndFlush(copy, open.voidPromise());
        }
    }

    private static String tooLarge(int size, int max) {
        return "the request takes " + size + " bytes; the limit is " + max;
    }

    private boolean takeRoom(int size) {
        if (window.tryTake(size)) {
            return true;
        }
        if (loop.inEventLoop()) {
            return false;
        }
        window.take(size);
        return true;
    }

    private void drain() {
        drainScheduled.set(false);
        for (Call call = submitted.poll(); call != null; call = submitted.poll()) {
            unsent.add(call);
        }
        Channel open = channel;
        if (closed) {
            failAll(clientIsClosed());
        } else if (open != null && welcome) {
            for (Call call = unsent.poll(); call != null; call = unsent.poll()) {
                sent.put(call.requestId(), call);
                open.write(call.frame(), open.voidPromise());
            }
            open.flush();
        }
    }

    private void connect() {
        if (closed) {
            return;
        }
        ChannelFuture connecting = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 5_000)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel fresh) {
                        if (tls != null) {
                            fresh.pipeline().addLast(Tls.handler(tls, fresh.alloc(), url));
                        }
                        fresh.pipeline().addLast(new LinkHandler(Link.this));
                    }
                })
                .connect(url.address());
        connecting.addListener(done -> {
            if (!done.isSuccess()) {
                lastFailure = String.valueOf(done.cause().getMessage());
                reconnectLater();
            }
        });
    }

    void onActive(Channel open) {
        if (closed) {
            open.close(); // it was being made when close() came
            return;
        }
        channel = open;
        life.heard();
        FrameWriter hello = Hello.write(new FrameWriter(), 0, url.token(), clientName);
        open.writeAndFlush(Unpooled.wrappedBuffer(hello.written()), open.voidPromise());
    }

    void onWelcome(int brokersFrameBytesMax) {
        frameBytesMax = brokersFrameBytesMax;
        welcome = true;
        failures = 0;
        firstWelcome.complete(null);
        listener.connected();
        drain();
    }

    /** The broker refused HELLO: trying again would not help. */
    void onRefused(TelpherException refusal) {
        lastFailure = String.valueOf(refusal.getMessage());
        firstWelcome.completeExceptionally(refusal);
    }

    /** @throws IllegalStateException when it is no answer to that request, which is then one of those cut off with the connection */
    void onReply(int requestId, ByteBuffer frame) {
        Call call = sent.get(requestId);
        if (call != null) {
            call.requireAnswer(frame);
            sent.remove(requestId);
            window.giveBack(call.bytes());
            call.complete(frame);
        }
    }

    void onPush(ByteBuffer frame) {
        listener.pushed(frame);
    }

    /** What the broker sent makes no sense; the connection is closed because of it. */
    void onNonsense(String what) {
        nonsense = what;
    }

    /** Trying again would not help who connects for the first time; an older connection is made anew all the same. */
    void onHopeless(String why) {
        nonsense = why;
        firstWelcome.completeExceptionally(
                new ConnectionException("no connection to " + url + ": " + why, false, null));
    }

    void onInactive() {
        String reason = nonsense == null ? "" : " (" + nonsense + ")";
        nonsense = null;
        boolean was = welcome;
        boolean wasOpen = channel != null;
        welcome = false;
        channel = null;
        List<Call> cutOff = new ArrayList<>(sent.values());
        sent.clear();
        cutOff.forEach(call -> window.giveBack(call.bytes()));
        if (was || !reason.isEmpty()) {
            lastFailure = "the connection was lost" + reason;
        } else if (wasOpen) {
            lastFailure = "it hung up without a word" + (tls == null ? "; a broker with TLS does (tqs://)" : "");
        }
        if (was) {
            listener.disconnected();
        }
        for (Call call : cutOff) {
            call.reply()
                    .completeExceptionally(new ConnectionException(
                            "the connection to " + url + " was lost before the reply came" + reason
                                    + "; the request may have taken effect",
                            true,
                            null));
        }
        reconnectLater();
    }

    private void reconnectLater() {
        if (closed || firstWelcome.isCompletedExceptionally()) {
            return;
        }
        long ceiling = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN << Math.min(failures, 10));
        failures++;
        long delay = ThreadLocalRandom.current().nextLong(ceiling / 2, ceiling + 1);
        loop.schedule(this::connect, delay, TimeUnit.MILLISECONDS);
    }

    void onRead() {
        life.heard();
    }

    private void checkSecond() {
        failOverdue();
        Channel open = channel;
        if (open == null) {
            return;
        }
        if (life.isGone()) {
            LOG.log(System.Logger.Level.INFO, "{0} is silent; connecting anew", url);
            open.close();
        } else if (welcome && life.isSilent()) {
            open.writeAndFlush(
                    Unpooled.wrappedBuffer(Ping.write(new FrameWriter(), 0).written()), open.voidPromise());
        }
    }

    private void failOverdue() {
        Call oldest = unsent.peek();
        while (oldest != null && System.nanoTime() - oldest.startNanos() > UNSENT_NANOS_MAX) {
            unsent.remove();
            fail(oldest, new ConnectionException("no connection to " + url + " for 30 s: " + lastFailure, false, null));
            oldest = unsent.peek();
        }
    }

    private void failAll(ConnectionException reason) {
        for (Call call = unsent.poll(); call != null; call = unsent.poll()) {
            fail(call, reason);
        }
    }

    private void fail(Call call, ConnectionException reason) {
        call.frame().release();
        window.giveBack(call.bytes());
        call.reply().completeExceptionally(reason);
    }

    String lastFailure() {
        return lastFailure;
    }

    /** Closes the connection and fails what has no reply yet. Once more does no harm. */
    CompletableFuture<Void> close() {
        if (loop.isShuttingDown()) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> {
            closed = true;
            if (everySecond != null) {
                everySecond.cancel(false);
            }
            drain();
            Channel open = channel;
            if (open == null) {
                done.complete(null);
            } else {
                open.close().addListener(closing -> done.complete(null));
            }
        });
        return done;
    }
}
