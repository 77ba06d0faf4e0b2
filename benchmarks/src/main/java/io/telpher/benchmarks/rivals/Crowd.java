package io.telpher.benchmarks.rivals;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * Many connections with one request under way each, on one thread: what is answered is followed by the next request at once. With a thread for each connection the machine
 * is busy with waking them, which says more of the load than of the broker.
 */
final class Crowd implements AutoCloseable {
    private static final int READ_BYTES = 1 << 16;
    private static final int CLOSE_MS = 5_000;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Talk.Language language;
    private final Consumer<Throwable> failed;
    private final Selector selector = Selector.open();
    private final ByteBuffer in = ByteBuffer.allocateDirect(READ_BYTES);
    private final ByteBuffer out = ByteBuffer.allocateDirect(READ_BYTES);
    private final Deque<Member> paused = new ArrayDeque<>();
    private final Thread thread = new Thread(this::loop, "crowd");
    private volatile boolean stopping;

    Crowd(Talk.Language language, Consumer<Throwable> failed) throws IOException {
        this.language = language;
        this.failed = failed;
    }

    private static final class Member {
        final SocketChannel channel;
        final Talk talk;
        /** Of an answer that came in part. */
        ByteBuffer rest = NOTHING;

        Member(SocketChannel channel, Talk talk) {
            this.channel = channel;
            this.talk = talk;
        }
    }

    /** Connects; it begins to talk when all do. */
    void add(Talk talk) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(Server.LOOPBACK, language.port()));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        language.greet(channel);
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, new Member(channel, talk));
    }

    void begin() {
        thread.setDaemon(true);
        thread.start();
    }

    private void loop() {
        try {
            for (SelectionKey key : selector.keys()) {
                Member member = (Member) key.attachment();
                goOn(member, NOTHING);
            }
            while (!stopping) {
                selector.select(key -> hear((Member) key.attachment()));
                goOn();
            }
        } catch (IOException | RuntimeException e) {
            if (!stopping) {
                failed.accept(e);
            }
        }
    }

    private void hear(Member member) {
        try {
            in.clear().put(member.rest);
            member.rest = NOTHING;
            if (member.channel.read(in) < 0) {
                throw new IOException("the server has closed a connection");
            }
            in.flip();
            int received = in.limit();
            for (int end = end(member); end >= 0; end = end(member)) {
                in.limit(end);
                goOn(member, in);
                in.limit(received).position(end);
            }
            if (in.hasRemaining()) {
                member.rest = ByteBuffer.allocate(in.remaining()).put(in).flip();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void goOn(Member member, ByteBuffer answer) throws IOException {
        ByteBuffer next = member.talk.next(answer);
        if (next == null) {
            paused.add(member);
        } else {
            say(member, next);
        }
    }

    /** Those that wait for room, in the order in which they began to. */
    private void goOn() throws IOException {
        Member first = paused.peek();
        ByteBuffer next = first == null ? null : first.talk.next(NOTHING);
        while (first != null && next != null) {
            paused.remove();
            say(first, next);
            first = paused.peek();
            next = first == null ? null : first.talk.next(NOTHING);
        }
    }

    private int end(Member member) {
        return in.hasRemaining() ? member.talk.answerEnd(in) : -1;
    }

    /** A connection with one request under way has room for it. */
    private void say(Member member, ByteBuffer request) throws IOException {
        if (!request.hasRemaining()) {
            return;
        }
        out.clear().put(request).flip();
        member.channel.write(out);
        if (out.hasRemaining()) {
            throw new IOException("expected room for a request of " + out.limit() + " bytes");
        }
    }

    @Override
    public void close() throws Exception {
        stopping = true;
        selector.wakeup();
        thread.join(CLOSE_MS);
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
