package io.telpher.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.NotLeader;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.testing.Patience;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A leader that takes connections and says nothing, as a stopped process does, and the other nodes. The link's seconds pass when a test says so. */
@Timeout(60)
class SilentLeaderTest {
    private static final int UNTIL_GIVEN_UP = 3;
    private static final int UNTIL_ASKED = 3;
    private static final int UNTIL_ASKED_AGAIN = 2;

    private final EventLoopGroup group = new NioEventLoopGroup(1);
    /** What nodes get, in order: the node's name and a message's, or "left". */
    private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

    private @Nullable Link link;

    private final class Node implements FakeBroker.Script, AutoCloseable {
        private final String name;
        private final FakeBroker broker;
        /** Who leads, in its opinion; null: this one; empty: it says nothing. */
        private volatile @Nullable String leader;

        Node(String name, @Nullable String leader) throws IOException {
            this.name = name;
            this.leader = leader;
            this.broker = new FakeBroker(1 << 20, this);
        }

        String address() {
            return "127.0.0.1:" + broker.port();
        }

        @Override
        public byte @Nullable [] hello(byte[] welcome) {
            String named = leader;
            seen.add(name + " HELLO");
            if (named == null) {
                return welcome;
            }
            Problem refusal = new Problem(ErrorCode.NOT_LEADER, NotLeader.text(named));
            return named.isEmpty()
                    ? FakeBroker.SILENCE
                    : ErrorReply.write(new FrameWriter(), 0, refusal, 0, "").toBytes();
        }

        @Override
        public byte[] reply(MessageType type, ByteBuffer frame) {
            seen.add(name + " " + type);
            return FakeBroker.SILENCE;
        }

        @Override
        public void left() {
            seen.add(name + " left");
        }

        @Override
        public void close() throws IOException {
            broker.close();
        }
    }

    private Link open(Node... nodes) {
        return open("tq://", null, nodes);
    }

    private Link open(String scheme, @Nullable SslContext tls, Node... nodes) {
        String url = scheme + Arrays.stream(nodes).map(Node::address).collect(Collectors.joining(","));
        Link opened = new Link(
                ClientUrl.parse(url),
                ClientOptions.byDefault("test"),
                group.next(),
                tls,
                LinkListener.SILENT,
                new Counts());
        link = opened;
        opened.open();
        return opened;
    }

    @AfterEach
    void close() {
        if (link != null) {
            link.close().join();
        }
        group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private static void pass(Link link, int seconds) throws InterruptedException {
        for (int i = 0; i < seconds; i++) {
            link.loop().submit(link::second).sync();
        }
    }

    private void await(String event) throws InterruptedException {
        String next = seen.take();
        while (!next.equals(event)) {
            next = seen.take();
        }
    }

    private static void awaitConnects(Link link, int count) {
        while (link.counters().connects() < count || link.state() != ConnectionState.CONNECTED) {
            Patience.look();
        }
    }

    @Test
    void shouldTryTheNextAddressWhenTheLeaderThatIsNamedSaysNothing() throws Exception {
        try (Node stopped = new Node("stopped", "");
                Node b = new Node("b", stopped.address());
                Node c = new Node("c", stopped.address())) {
            Link link = open(stopped, b, c);
            await("stopped HELLO");
            b.leader = null;
            c.leader = null;
            pass(link, UNTIL_GIVEN_UP);
            await("stopped left");
            awaitConnects(link, 1);
        }
    }

    @Test
    void shouldSayWhoSaysNothingWhenItWasGivenUp() throws Exception {
        try (Node a = new Node("a", "");
                Node b = new Node("b", "")) {
            Link link = open(a, b);
            String first = seen.take();
            pass(link, UNTIL_GIVEN_UP);
            assertEquals(first.equals("a HELLO") ? "b HELLO" : "a HELLO", seenBut("left"));
            assertTrue(link.lastFailure().contains("took the connection and does not answer"), link.lastFailure());
        }
    }

    @Test
    void shouldGiveUpATlsHandshakeThatIsNotAnswered() throws Exception {
        try (Node a = new Node("a", "");
                Node b = new Node("b", "")) {
            Link link = open("tqs://", SslContextBuilder.forClient().build(), a, b);
            while (!link.lastFailure().contains("took the connection")) {
                Patience.look();
            }
            pass(link, UNTIL_GIVEN_UP);
            assertTrue(seen.take().endsWith("left"));
        }
    }

    private String seenBut(String event) throws InterruptedException {
        String next = seen.take();
        while (next.endsWith(event)) {
            next = seen.take();
        }
        return next;
    }

    @Test
    void shouldStayWithALeaderThatOthersNameAndGoToTheOneThatSaysWelcome() throws Exception {
        try (Node a = new Node("a", null);
                Node b = new Node("b", a.address())) {
            Link link = open(a, b);
            awaitConnects(link, 1);
            seen.clear();
            pass(link, UNTIL_ASKED);
            await("a PING");
            await("b HELLO");
            pass(link, UNTIL_ASKED_AGAIN);
            await("b HELLO");
            assertEquals(0, link.counters().disconnects());
            b.leader = null;
            pass(link, UNTIL_ASKED_AGAIN);
            awaitConnects(link, 2);
            assertEquals(1, link.counters().disconnects());
            assertTrue(link.lastFailure().contains("does not answer"), link.lastFailure());
        }
    }

    @Test
    void shouldGoToTheLeaderThatAnotherNodeNames() throws Exception {
        try (Node a = new Node("a", null);
                Node unlisted = new Node("unlisted", null);
                Node b = new Node("b", a.address())) {
            Link link = open(a, b);
            awaitConnects(link, 1);
            b.leader = unlisted.address();
            pass(link, UNTIL_ASKED);
            await("unlisted HELLO");
            awaitConnects(link, 2);
        }
    }

    @Test
    void shouldAskTheNextWhenOneDoesNotSayWhoLeads() throws Exception {
        try (Node a = new Node("a", null);
                Node b = new Node("b", a.address());
                Node c = new Node("c", a.address())) {
            Link link = open(a, b, c);
            awaitConnects(link, 1);
            seen.clear();
            b.leader = "";
            pass(link, UNTIL_ASKED);
            if (seenBut("PING").equals("c HELLO")) {
                pass(link, UNTIL_ASKED_AGAIN);
                await("b HELLO");
            }
            c.leader = null;
            pass(link, UNTIL_ASKED_AGAIN);
            awaitConnects(link, 2);
        }
    }

    @Test
    void shouldKnowTheLeaderByAnotherName() throws Exception {
        try (Node a = new Node("a", null);
                Node b = new Node("b", a.address())) {
            Link link = open(a, b);
            awaitConnects(link, 1);
            seen.clear();
            b.leader = "localhost:" + a.broker.port();
            for (int i = 0; i < 3; i++) {
                pass(link, UNTIL_ASKED);
                await("b HELLO");
            }
            assertEquals(0, link.counters().disconnects());
        }
    }

    @Test
    void shouldEndItsQuestionWithTheLink() throws Exception {
        try (Node a = new Node("a", null);
                Node b = new Node("b", a.address())) {
            Link link = open(a, b);
            awaitConnects(link, 1);
            seen.clear();
            b.leader = "";
            pass(link, UNTIL_ASKED);
            await("b HELLO");
            link.close().join();
            await("b left");
        }
    }
}
