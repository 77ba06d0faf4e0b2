package io.telpher.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.NotLeader;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.session.Hello;
import io.telpher.protocol.session.Ping;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the broker that comes back by itself. Requests are pipelined and matched to replies by id; what several threads send at
 * the same time leaves in one flush. {@link #call} is thread-safe, everything else runs on the event loop.
 */
final class Link implements LinkHandler.Receiver {
    private static final System.Logger LOG = System.getLogger(Link.class.getName());
    private static final int RETRY_AFTER_MS = 100;
    private static final long SWEEP_MS = 100;

    /** For a call whose caller waits as long as there is a connection. */
    static final long NO_DEADLINE = Long.MAX_VALUE;

    private static final Requests.Terms UNTIL_CUT_OFF = new Requests.Terms(NO_DEADLINE, false);

    private final Window window;
    private final ClientUrl url;
    private final ClientOptions options;
    private final EventLoop loop;
    private final LinkListener listener;
    private final Counts counts;
    private final Queue<PendingCall> submitted = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean drainScheduled = new AtomicBoolean();
    private final AtomicInteger requestIds = new AtomicInteger();
    private final CompletableFuture<Void> firstWelcome = new CompletableFuture<>();

    // Below: the event loop's own.
    private final Dialer dialer;
    private final Deque<PendingCall> unsent = new ArrayDeque<>();
    private final IntObjectMap<PendingCall> sent = new IntObjectHashMap<>();
    private @Nullable Channel channel;
    private boolean welcome;
    private boolean closed;
    private boolean sweeps;
    /** Why there is no connection was said already, and better than its end says it. */
    private boolean isFailureSaid;
    /** Why the connection is closed from here. */
    private @Nullable String whyClosed;

    private final Keepalive life;
    private @Nullable Future<?> everySecond;

    private volatile ConnectionState state = ConnectionState.CONNECTING;
    private volatile int frameBytesMax = Integer.MAX_VALUE;

    Link(
            ClientUrl url,
            ClientOptions options,
            EventLoop loop,
            @Nullable SslContext tls,
            LinkListener listener,
            Counts counts) {
        this.url = url;
        this.options = options;
        this.window = new Window(options.windowRequests(), options.windowBytes());
        this.loop = loop;
        this.dialer = new Dialer(url.addresses(), tls, loop, this);
        this.life = new Keepalive(url.addresses().size());
        this.listener = listener;
        this.counts = counts;
    }

    /** Any thread. */
    ConnectionState state() {
        return state;
    }

    /** Any thread. */
    ClientCounters counters() {
        return counts.read(window);
    }

    ClientUrl url() {
        return url;
    }

    /** Starts connecting; completes at the first welcome. A refusal by the broker fails it, an unreachable host is tried again. */
    CompletableFuture<Void> open() {
        loop.execute(() -> {
            everySecond = loop.scheduleWithFixedDelay(this::second, 1, 1, TimeUnit.SECONDS);
            dialer.dial();
        });
        return firstWelcome;
    }

    EventLoop loop() {
        return loop;
    }

    /** Runs it on the event loop; any thread. */
    void execute(Runnable step, Runnable otherwise) {
        try {
            loop.execute(step);
        } catch (RejectedExecutionException e) {
            otherwise.run(); // the client is closed, and its event loop has ended
        }
    }

    boolean isWelcome() {
        return welcome;
    }

    /** A call that waits for its reply as long as there is a connection. */
    CompletableFuture<ByteBuffer> call(IntFunction<FrameWriter> frame) {
        return call(frame, UNTIL_CUT_OFF);
    }

    /** When a call that begins now is overdue. */
    static long endNanos(Duration timeout) {
        return System.nanoTime() + nanos(timeout);
    }

    /** Of any duration: what is beyond 292 years is as good as that. */
    static long nanos(Duration duration) {
        return TimeUnit.NANOSECONDS.convert(duration);
    }

    /**
     * Waits for room in the window, unless on the event loop, which is what makes room.
     *
     * @param frame writes the request's frame for the id it is given
     * @param terms when the call fails for want of a reply
     */
    CompletableFuture<ByteBuffer> call(IntFunction<FrameWriter> frame, Requests.Terms terms) {
        int requestId = nextId();
        ByteBuffer bytes = Requests.written(frame, requestId);
        int size = bytes.remaining();
        if (size > frameBytesMax) {
            return tooLarge(size);
        }
        // The frame lies in this thread's writer, so no reply may run on this thread before it is copied.
        ByteBuf buffer = buffer(size);
        if (buffer == null) {
            return noMemory(size);
        }
        buffer.writeBytes(bytes);
        Requests.shrinkWriter(size);
        return send(requestId, buffer, terms);
    }

    /** Sends a frame that was encoded before, as often as this is called; it waits for its reply as long as there is a connection. */
    CompletableFuture<ByteBuffer> call(byte[] frame) {
        return call(frame, UNTIL_CUT_OFF);
    }

    CompletableFuture<ByteBuffer> call(byte[] frame, Requests.Terms terms) {
        if (frame.length > frameBytesMax) {
            return tooLarge(frame.length);
        }
        int requestId = nextId();
        ByteBuf buffer = buffer(frame.length);
        if (buffer == null) {
            return noMemory(frame.length);
        }
        return send(requestId, buffer.writeBytes(frame).setIntLE(Frame.REQUEST_ID_OFFSET, requestId), terms);
    }

    /** Null when there is no direct memory left, which others may have taken. */
    private static @Nullable ByteBuf buffer(int size) {
        try {
            return PooledByteBufAllocator.DEFAULT.directBuffer(size);
        } catch (OutOfMemoryError e) {
            LOG.log(System.Logger.Level.WARNING, "no direct memory for a request of " + size + " bytes", e);
            return null;
        }
    }

    private static CompletableFuture<ByteBuffer> noMemory(int size) {
        return CompletableFuture.failedFuture(full("there is no direct memory left for a request of " + size
                + " bytes; give the JVM more (-XX:MaxDirectMemorySize) or the client a smaller window"));
    }

    private int nextId() {
        return requestIds.updateAndGet(id -> id == -1 ? 1 : id + 1); // 0 stands for frames that answer no request
    }

    private CompletableFuture<ByteBuffer> send(int requestId, ByteBuf buffer, Requests.Terms terms) {
        counts.requested();
        TelpherException refusal = takeRoom(buffer.readableBytes(), terms);
        if (refusal != null) {
            buffer.release();
            return CompletableFuture.failedFuture(refusal);
        }
        PendingCall call = new PendingCall(requestId, buffer, terms.endNanos());
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

    /** The client is closed, and its event loop has ended: no other thread will answer requests submitted since. */
    private void failSubmitted() {
        drainScheduled.set(false);
        for (PendingCall call = submitted.poll(); call != null; call = submitted.poll()) {
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

    private CompletableFuture<ByteBuffer> tooLarge(int size) {
        return CompletableFuture.failedFuture(new TelpherException(
                ErrorCode.PAYLOAD_TOO_LARGE,
                "the request takes " + size + " bytes; the limit is " + frameBytesMax,
                0,
                null));
    }

    /** Null when there is room. */
    private @Nullable TelpherException takeRoom(int size, Requests.Terms terms) {
        if (window.tryTake(size)) {
            return null;
        }
        if (terms.failsWhenFull() || loop.inEventLoop()) {
            return full("too many requests are under way; wait for replies");
        }
        Callbacks.blocks();
        try {
            long nanosMax = terms.endNanos() == NO_DEADLINE ? NO_DEADLINE : terms.nanosLeft();
            return window.take(size, nanosMax)
                    ? null
                    : full("there was no room for another request until its timeout; " + lastFailure());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new ConnectionException("interrupted while waiting for room to send", false, e);
        }
    }

    private static TelpherException full(String why) {
        return new TelpherException(ErrorCode.OVERLOADED, why, RETRY_AFTER_MS, null);
    }

    private void drain() {
        drainScheduled.set(false);
        for (PendingCall call = submitted.poll(); call != null; call = submitted.poll()) {
            unsent.add(call);
        }
        Channel open = channel;
        if (closed) {
            failAll(clientIsClosed());
        } else if (open != null && welcome) {
            for (PendingCall call = unsent.poll(); call != null; call = unsent.poll()) {
                sent.put(call.requestId(), call);
                open.write(call.frame(), open.voidPromise());
            }
            open.flush();
        }
        sweepLater();
    }

    /** While something is under way: fails what is overdue. A reply that comes later is dropped. */
    private void sweepLater() {
        if (!sweeps && !closed && !(sent.isEmpty() && unsent.isEmpty())) {
            sweeps = true;
            loop.schedule(this::sweep, SWEEP_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void sweep() {
        sweeps = false;
        long now = System.nanoTime();
        for (PendingCall call : List.copyOf(sent.values())) {
            if (call.isOverdue(now)) {
                sent.remove(call.requestId());
                window.giveBack(call.bytes());
                call.reply()
                        .completeExceptionally(new ConnectionException(
                                "no reply from " + url + " within the timeout; the request may have taken effect",
                                true,
                                null));
            }
        }
        unsent.removeIf(call -> {
            boolean overdue = call.isOverdue(now);
            if (overdue) {
                fail(
                        call,
                        new ConnectionException(
                                "no connection to " + url + " within the timeout: " + lastFailure(), false, null));
            }
            return overdue;
        });
        sweepLater();
    }

    /** A machine has taken the connection. */
    void onTaken() {
        life.taken();
    }

    @Override
    public void onActive(Channel open) {
        if (closed) {
            open.close(); // it was being made when close() came
            return;
        }
        channel = open;
        sayHello(open);
    }

    /** As this client, on any of its connections. */
    void sayHello(Channel open) {
        FrameWriter hello = Hello.write(
                new FrameWriter(), 0, url.token(), options.clientName(), options.version(), LocalHost.name());
        open.writeAndFlush(Unpooled.wrappedBuffer(hello.written()), open.voidPromise());
    }

    @Override
    public void onWelcome(int brokersFrameBytesMax) {
        frameBytesMax = brokersFrameBytesMax;
        welcome = true;
        life.welcomed();
        state = ConnectionState.CONNECTED;
        counts.connected();
        dialer.reached();
        firstWelcome.complete(null);
        listener.connected();
        drain();
    }

    @Override
    public void onRefused(TelpherException refusal) {
        isFailureSaid = true;
        dialer.failed(String.valueOf(refusal.getMessage()));
        firstWelcome.completeExceptionally(refusal);
    }

    /** The next connection is made to the one that leads. */
    @Override
    public void onNotLeader(String text) {
        isFailureSaid = true;
        dialer.failed(text);
        dialer.leaderIs(ClientUrl.Address.parse(NotLeader.leader(text)));
    }

    /** A request that is not answered by what came is one of those cut off with the connection. */
    @Override
    public void onReply(int requestId, ByteBuffer frame) {
        PendingCall call = sent.get(requestId);
        if (call != null) {
            call.requireAnswer(frame);
            sent.remove(requestId);
            window.giveBack(call.bytes());
            call.complete(frame);
        }
    }

    @Override
    public void onPush(ByteBuffer frame) {
        listener.pushed(frame);
    }

    @Override
    public void onNonsense(String what) {
        LOG.log(System.Logger.Level.WARNING, "connecting anew: {0}", what);
        whyClosed = what;
    }

    @Override
    public void onTlsFailure(String what) {
        whyClosed = whyClosed == null ? "TLS: " + what : whyClosed; // closed from here, it fails, too
    }

    /** Trying again would not help who connects for the first time; an older connection is made anew all the same. */
    @Override
    public void onHopeless(String why) {
        whyClosed = why;
        firstWelcome.completeExceptionally(
                new ConnectionException("no connection to " + url + ": " + why, false, null));
    }

    @Override
    public void onInactive() {
        dialer.ended();
        String reason = whyClosed == null ? "" : " (" + whyClosed + ")";
        whyClosed = null;
        boolean was = welcome;
        boolean wasOpen = channel != null;
        welcome = false;
        channel = null;
        List<PendingCall> cutOff = new ArrayList<>(sent.values());
        sent.clear();
        cutOff.forEach(call -> window.giveBack(call.bytes()));
        state = closed ? ConnectionState.CLOSED : ConnectionState.CONNECTING;
        if (was) {
            counts.disconnected();
            if (!closed) {
                dialer.lost(reason);
            }
            listener.disconnected(closed ? "the client was closed" : dialer.lastFailure());
        } else if (isFailureSaid) {
            LOG.log(System.Logger.Level.DEBUG, "not connected{0}", reason);
        } else if (!reason.isEmpty()) {
            dialer.failed("the connection was lost" + reason);
        } else if (wasOpen) {
            dialer.failed("it hung up without a word"
                    + (url.tls() == null ? "; a broker with TLS does (tqs://), and a broker's HTTP port" : ""));
        }
        isFailureSaid = false;
        for (PendingCall call : cutOff) {
            call.reply()
                    .completeExceptionally(new ConnectionException(
                            "the connection to " + url + " was lost before the reply came" + reason
                                    + "; the request may have taken effect",
                            true,
                            null));
        }
        reconnectLater();
    }

    void onUnreachable() {
        reconnectLater();
    }

    boolean isClosed() {
        return closed;
    }

    private void reconnectLater() {
        if (!closed && (options.lazy() || !firstWelcome.isCompletedExceptionally())) {
            dialer.dialLater();
        }
    }

    @Override
    public void onRead() {
        life.heard();
    }

    /** Called each second, between which the sockets are read. */
    void second() {
        if (!dialer.hasConnection()) {
            return;
        }
        switch (life.second()) {
            case PING -> ping();
            case ASK -> dialer.askWhoLeads();
            case GONE -> {
                if (welcome) {
                    whyClosed = "nothing came any more";
                } else {
                    isFailureSaid = true;
                    dialer.isMute();
                }
                dialer.cut();
            }
            case NOTHING -> {
                // it was heard lately, or has time to answer
            }
        }
    }

    private void ping() {
        Channel open = channel;
        if (open != null) {
            open.writeAndFlush(
                    Unpooled.wrappedBuffer(Ping.write(new FrameWriter(), 0).written()), open.voidPromise());
        }
    }

    /** What another node says of a leader that is silent. */
    void onOtherLeads(ClientUrl.Address leader) {
        if (welcome && life.leaves()) {
            whyClosed = "it was silent, and " + leader + " leads";
            dialer.leaderIs(leader);
            dialer.cut();
        }
    }

    private void failAll(ConnectionException reason) {
        for (PendingCall call = unsent.poll(); call != null; call = unsent.poll()) {
            fail(call, reason);
        }
    }

    private void fail(PendingCall call, ConnectionException reason) {
        call.frame().release();
        window.giveBack(call.bytes());
        call.reply().completeExceptionally(reason);
    }

    String lastFailure() {
        return dialer.lastFailure();
    }

    /** Closes the connection and fails what has no reply yet. Once more does no harm. */
    CompletableFuture<Void> close() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        execute(() -> end(done), () -> done.complete(null));
        return done;
    }

    private void end(CompletableFuture<Void> done) {
        closed = true;
        state = ConnectionState.CLOSED;
        if (everySecond != null) {
            everySecond.cancel(false);
        }
        drain();
        Channel open = channel;
        if (open == null) {
            dialer.cut(); // one that does not stand yet
            done.complete(null);
        } else {
            open.close().addListener(closing -> done.complete(null));
        }
    }
}
