package io.telpher.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.telpher.broker.BrokerInHand;
import io.telpher.broker.http.call.BrokerFacts;
import io.telpher.broker.http.call.HealthAnswers;
import io.telpher.broker.http.call.HttpOptions;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.live.LiveFeed;
import io.telpher.broker.http.metrics.Metrics;
import io.telpher.broker.http.request.BodyLimit;
import io.telpher.broker.http.request.Overload;
import io.telpher.broker.http.request.RequestHead;
import io.telpher.broker.memory.BufferRoom;
import io.telpher.broker.partition.LeaderGate;
import io.telpher.broker.partition.replica.LatencyRecorder;
import io.telpher.broker.partition.replica.TaskChanges;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.session.Shares;
import io.telpher.broker.partition.snapshot.StartProgress;
import io.telpher.broker.security.Security;
import io.telpher.broker.security.SecurityConfig;
import io.telpher.protocol.Limits;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What may be sent again is answered with when. */
class RetryAfterTest {
    private static final String SUBMIT = "POST /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\n"
            + "Content-Type: application/json\r\nContent-Length: 24\r\n\r\n{\"type\":\"t\",\"payload\":1}";

    @TempDir
    Path directory;

    private final BrokerInHand broker = new BrokerInHand();
    private final EmbeddedChannel timers = new EmbeddedChannel();
    private final Metrics metrics = new Metrics();
    private Security security;
    private EmbeddedChannel channel;

    @BeforeEach
    void connect() throws Exception {
        security = Security.open(SecurityConfig.NONE, directory);
        HttpOptions options = new HttpOptions(
                new InetSocketAddress(0),
                Limits.DEFAULT,
                broker.router(),
                broker::nextSession,
                broker::nowMs,
                new HealthAnswers(new StartProgress(), List::of),
                metrics,
                LiveFeed.start(
                        new LiveFeed.Sources(
                                broker.router(), new TaskChanges(broker::nowMs), new LatencyRecorder(), broker::nowMs),
                        timers.eventLoop()),
                new BrokerFacts("test", directory, "batch"),
                security,
                new Shares("HTTP connections", 10, 10),
                LeaderGate.alwaysOpen(),
                null,
                null);
        channel = new EmbeddedChannel(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel child) {
                HttpServer.fill(child.pipeline(), options);
            }
        });
    }

    @AfterEach
    void disconnect() throws Exception {
        channel.finishAndReleaseAll();
        timers.finishAndReleaseAll();
        metrics.close();
        security.close();
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    private String response() {
        StringBuilder response = new StringBuilder();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            response.append(out.toString(StandardCharsets.UTF_8));
            out.release();
        }
        return response.toString();
    }

    private static void assertRetriable(String code, String response) {
        assertTrue(response.startsWith("HTTP/1.1 503"), response);
        assertTrue(response.contains("retry-after: 1\r\n"), response);
        assertTrue(response.contains("\"code\":\"" + code + "\""), response);
    }

    @Test
    void shouldBeSaidWhenTheBrokerStops() {
        broker.router().drain();
        channel.writeInbound(text(SUBMIT));
        broker.run();
        channel.runPendingTasks();
        assertRetriable("DRAINING", response());
    }

    private static final class Flood extends Session {
        Flood(long id) {
            super(id);
        }

        @Override
        public String address() {
            return "here";
        }

        @Override
        public String clientName() {
            return "flood";
        }

        @Override
        public long connectedAtMs() {
            return 0;
        }

        @Override
        public void send(ByteBuf frames) {
            frames.release();
        }

        @Override
        public void taken() {}
    }

    @Test
    void shouldBeSaidWhenMoreCameThanCanBeTakenIn() {
        byte[] much = new byte[16 << 20]; // one and the same many times: nobody looks into it
        Session flood = new Flood(broker.nextSession());
        while (!broker.router().isOverfull()) {
            broker.router().receive(flood, Unpooled.wrappedBuffer(much));
        }
        channel.writeInbound(text(SUBMIT));
        assertRetriable("OVERLOADED", response());
        channel.writeInbound(text("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        assertTrue(response().startsWith("HTTP/1.1 200"), "the connection goes on");
    }

    @Test
    void shouldBeSaidWhenThereIsNoMemoryForABody() {
        BufferRoom room = new BufferRoom(1000);
        EmbeddedChannel small =
                new EmbeddedChannel(new HttpRequestDecoder(), new RequestHead(), new BodyLimit(1 << 20, room));
        String head = "POST /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: ";
        small.writeInbound(text(head + "900\r\n\r\n" + " ".repeat(900)));
        FullHttpRequest taken = small.readInbound();
        assertEquals(900, taken.content().readableBytes());
        taken.release();
        assertEquals(0, room.takenBytes());
        small.writeInbound(text(head + "1001\r\n\r\n" + " ".repeat(1001)));
        FullHttpRequest refused = small.readInbound();
        assertNotNull(refused);
        Refusal refusal = (Refusal) refused.decoderResult().cause();
        assertEquals(Overload.noMemory().message(), refusal.problem().message());
        assertEquals(1_000, Answer.of(refusal).retryAfterMs());
        refused.release();
        small.finishAndReleaseAll();
        assertEquals(0, room.takenBytes());
    }
}
