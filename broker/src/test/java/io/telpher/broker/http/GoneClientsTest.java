package io.telpher.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.telpher.broker.BrokerInHand;
import io.telpher.broker.http.call.BrokerFacts;
import io.telpher.broker.http.call.HealthAnswers;
import io.telpher.broker.http.call.HttpOptions;
import io.telpher.broker.http.live.LiveFeed;
import io.telpher.broker.http.metrics.Metrics;
import io.telpher.broker.partition.LeaderGate;
import io.telpher.broker.partition.replica.LatencyRecorder;
import io.telpher.broker.partition.replica.TaskChanges;
import io.telpher.broker.partition.session.Shares;
import io.telpher.broker.partition.snapshot.StartProgress;
import io.telpher.broker.security.Security;
import io.telpher.broker.security.SecurityConfig;
import io.telpher.protocol.Limits;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks are not leased to clients that are gone, and those that only say no more get their answers. Step by step, so that each order of events is tried. */
class GoneClientsTest {
    private static final String AT_ONCE = reserve(0);
    private static final String WAITING = reserve(20_000);
    private static final String NOTHING = "{\"tasks\":[]}";

    @TempDir
    Path directory;

    private final BrokerInHand broker = new BrokerInHand();
    private final EmbeddedChannel timers = new EmbeddedChannel();
    private final Metrics metrics = new Metrics();
    private Security security;
    private HttpOptions options;
    private EmbeddedChannel client;
    private EmbeddedChannel worker;

    @BeforeEach
    void connect() throws Exception {
        security = Security.open(SecurityConfig.NONE, directory);
        options = new HttpOptions(
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
        client = open();
        worker = open();
    }

    private EmbeddedChannel open() {
        return new EmbeddedChannel(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel child) {
                HttpServer.fill(child.pipeline(), options);
            }
        });
    }

    @AfterEach
    void disconnect() throws Exception {
        client.finishAndReleaseAll();
        worker.finishAndReleaseAll();
        timers.finishAndReleaseAll();
        metrics.close();
        security.close();
    }

    private static String post(String path, String json) {
        return "POST /api/v1/" + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + json.length() + "\r\n\r\n" + json;
    }

    private static String reserve(int waitMs) {
        return post("queues/mail/reserve", "{\"max\":5,\"wait_ms\":" + waitMs + "}");
    }

    private static void send(EmbeddedChannel to, String text) {
        to.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
    }

    private void run() {
        broker.run();
        client.runPendingTasks();
        worker.runPendingTasks();
        broker.run();
    }

    private static String sent(EmbeddedChannel by) {
        StringBuilder text = new StringBuilder();
        for (ByteBuf out = by.readOutbound(); out != null; out = by.readOutbound()) {
            text.append(out.toString(StandardCharsets.UTF_8));
            out.release();
        }
        return text.toString();
    }

    private String ask(String request) {
        send(worker, request);
        run();
        worker.runPendingTasks();
        String response = sent(worker);
        return response.substring(response.indexOf("\r\n\r\n") + 4);
    }

    /** Of a task that may be tried once only. */
    private void submit() {
        ask(post("tasks", "{\"type\":\"t\",\"queue\":\"mail\",\"payload\":1,\"max_retries\":0}"));
    }

    private void assertFreshTaskIsThere() {
        String reply = ask(AT_ONCE);
        assertTrue(reply.contains("\"attempt\":1,"), reply);
        assertTrue(reply.contains("\"crashes\":0"), reply);
    }

    /** Not by close(), which has the channel's tasks done before. */
    private void goes() {
        client.pipeline().close();
    }

    private void shutsOutputDown() {
        client.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        run();
        client.runPendingTasks();
    }

    @Test
    void shouldGiveBackWhatIsGrantedToAConnectionThatHasEnded() {
        submit();
        send(client, AT_ONCE);
        goes();
        run();
        assertFreshTaskIsThere();
    }

    @Test
    void shouldGiveBackWhatIsGrantedWhileTheConnectionEnds() {
        submit();
        send(client, AT_ONCE);
        broker.run(); // granted, and on its way to the connection
        goes();
        run();
        assertFreshTaskIsThere();
    }

    @Test
    void shouldGiveBackWhatStandsInLineBehindAnotherResponse() {
        submit();
        send(client, WAITING.replace("mail", "other"));
        send(client, AT_ONCE);
        run();
        assertEquals("", sent(client));
        assertTrue(ask(AT_ONCE).contains(NOTHING), "the client has it");
        goes();
        run();
        assertFreshTaskIsThere();
    }

    @Test
    void shouldLeaseNothingToAClientThatSaidAllAndWaits() {
        send(client, WAITING);
        run();
        shutsOutputDown();
        assertTrue(sent(client).endsWith(NOTHING), "an answer at once");
        assertFalse(client.isOpen());
        submit();
        assertFreshTaskIsThere();
    }

    @Test
    void shouldDeliverToAClientThatSaidAllAndStillReads() {
        submit();
        send(client, AT_ONCE);
        shutsOutputDown();
        String most = sent(client);
        assertTrue(most.contains("\"attempt\":1,") && !most.endsWith("}"), most);
        client.advanceTimeBy(1, TimeUnit.SECONDS);
        client.runScheduledPendingTasks();
        run();
        assertEquals("}", sent(client));
        assertFalse(client.isOpen());
        assertTrue(ask(AT_ONCE).contains(NOTHING), "the client has it");
    }

    @Test
    void shouldGiveBackWhatAClientThatSaidAllAnswersWithAReset() {
        submit();
        send(client, AT_ONCE);
        shutsOutputDown();
        goes();
        client.advanceTimeBy(1, TimeUnit.SECONDS);
        client.runScheduledPendingTasks();
        run();
        assertFreshTaskIsThere();
    }

    @Test
    void shouldAnswerAllThatAClientAskedBeforeItSaidAll() {
        send(client, post("tasks", "{\"type\":\"t\",\"payload\":1}"));
        send(client, "GET /api/v1/queues/default HTTP/1.1\r\nHost: localhost\r\n\r\n");
        shutsOutputDown();
        run();
        client.runPendingTasks();
        String responses = sent(client);
        assertTrue(responses.startsWith("HTTP/1.1 202 "), responses);
        assertTrue(responses.contains("HTTP/1.1 200 "), responses);
        assertFalse(client.isOpen());
    }

    @Test
    void shouldWaitForTheResultForAClientThatSaidAll() {
        submit();
        send(client, "GET /api/v1/tasks/t-1?wait=30s HTTP/1.1\r\nHost: localhost\r\n\r\n");
        shutsOutputDown();
        assertEquals("", sent(client));
        send(worker, "DELETE /api/v1/tasks/t-1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        run();
        client.runPendingTasks();
        assertTrue(sent(client).contains("\"status\":\"cancelled\""));
        assertFalse(client.isOpen());
    }

    @Test
    void shouldCloseAtOnceWhenAClientThatAskedNothingSaidAll() {
        shutsOutputDown();
        assertFalse(client.isOpen());
    }

    @Test
    void shouldAnswerWhatWaitsWhenTheBrokerStops() {
        submit();
        send(client, "GET /api/v1/tasks/t-1?wait=30s HTTP/1.1\r\nHost: localhost\r\n\r\n");
        send(worker, WAITING.replace("mail", "other"));
        run();
        broker.router().drain();
        run();
        client.runPendingTasks();
        worker.runPendingTasks();
        assertTrue(sent(client).contains("\"status\":\"pending\""));
        assertTrue(sent(worker).endsWith(NOTHING));
    }
}
