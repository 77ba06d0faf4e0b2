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
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.Hello;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
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
    /** Requests without a reply; a caller waits at this limit. */
    private static final int OUTSTANDING_MAX = 16_384;

    private static final long BACKOFF_MS_MIN = 50;
    private static final long BACKOFF_MS_MAX = 5_000;
    private static final long UNSENT_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);

    private final ClientUrl url;
    private final String clientName;
    private final EventLoop loop;
    private final @Nullable SslContext tls;
    private final LinkListener listener;
    private final Queue<Call> submitted = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean drainScheduled = new AtomicBoolean();
    private final AtomicInteger requestIds = new AtomicInteger();
    private final Semaphore outstanding = new Semaphore(OUTSTANDING_MAX);
    private final CompletableFuture<Void> firstWelcome = new CompletableFuture<>();

    // Below: the event loop's own.
    private final Deque<Call> unsent = new ArrayDeque<>();
    private final IntObjectMap<Call> sent = new IntObjectHashMap<>();
    private @Nullable Channel channel;
    private boolean welcome;
    private boolean closed;
    private int failures;
    private String lastFailure = "not connected yet";

    Link(ClientUrl url, String clientName, EventLoop loop, @Nullable SslContext tls, LinkListener listener) {
        this.url = url;
        this.clientName = clientName;
        this.loop = loop;
        this.tls = tls;
        this.listener = listener;
    }

    /** Starts connecting; completes at the first welcome. A refusal by the broker fails it, an unreachable host is tried again. */
    CompletableFuture<Void> open() {
        loop.execute(this::connect);
        loop.scheduleAtFixedRate(this::failOverdue, 1, 1, TimeUnit.SECONDS);
        return firstWelcome;
    }

    EventLoop loop() {
        return loop;
    }

    boolean isWelcome() {
        return welcome;
    }

    /** @param frame writes the request's frame for the id it is given */
    CompletableFuture<ByteBuffer> call(IntFunction<FrameWriter> frame) {
        if (!takePermit()) {
            return CompletableFuture.failedFuture(new TelpherException(
                    null, OUTSTANDING_MAX + " requests are under way; wait for replies before sending more", 0, null));
        }
        int requestId = requestIds.incrementAndGet();
        ByteBuffer bytes = frame.apply(requestId).written();
        ByteBuf buffer =
                PooledByteBufAllocator.DEFAULT.directBuffer(bytes.remaining()).writeBytes(bytes);
        Call call = new Call(requestId, buffer);
        submitted.add(call);
        if (drainScheduled.compareAndSet(false, true)) {
            loop.execute(this::drain);
        }
        return call.reply();
    }

    /** Waits for room, but not on the event loop: it is what makes room. */
    private boolean takePermit() {
        if (outstanding.tryAcquire()) {
            return true;
        }
        if (loop.inEventLoop()) {
            return false;
        }
        outstanding.acquireUninterruptibly();
        return true;
    }

    private void drain() {
        drainScheduled.set(false);
        for (Call call = submitted.poll(); call != null; call = submitted.poll()) {
            unsent.add(call);
        }
        Channel open = channel;
        if (closed) {
            failAll(new ConnectionException("the client is closed", false, null));
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
                            fresh.pipeline().addLast(tls.newHandler(fresh.alloc(), url.host(), url.port()));
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
        channel = open;
        FrameWriter hello = Hello.write(new FrameWriter(), 0, url.token(), clientName);
        open.writeAndFlush(Unpooled.wrappedBuffer(hello.written()), open.voidPromise());
    }

    void onWelcome() {
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

    void onReply(int requestId, ByteBuffer frame) {
        Call call = sent.remove(requestId);
        if (call != null) {
            outstanding.release();
            call.complete(frame);
        }
    }

    void onPush(ByteBuffer frame) {
        listener.pushed(frame);
    }

    void onInactive() {
        boolean was = welcome;
        welcome = false;
        channel = null;
        List<Call> cutOff = new ArrayList<>(sent.values());
        sent.clear();
        outstanding.release(cutOff.size());
        if (was) {
            lastFailure = "the connection was lost";
            listener.disconnected();
        }
        for (Call call : cutOff) {
            call.reply()
                    .completeExceptionally(new ConnectionException(
                            "the connection to " + url
                                    + " was lost before the reply came; the request may have taken effect",
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
        outstanding.release();
        call.reply().completeExceptionally(reason);
    }

    String lastFailure() {
        return lastFailure;
    }

    /** Closes the connection and fails what has no reply yet. */
    CompletableFuture<Void> close() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> {
            closed = true;
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
