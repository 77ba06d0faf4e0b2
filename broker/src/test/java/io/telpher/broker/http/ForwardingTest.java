package io.telpher.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.telpher.broker.BrokerInHand;
import io.telpher.broker.cluster.ClusterStatus;
import io.telpher.broker.cluster.InstallGrant;
import io.telpher.broker.cluster.forward.ForwardedCall;
import io.telpher.broker.http.call.BrokerFacts;
import io.telpher.broker.http.call.ClusterControl;
import io.telpher.broker.http.call.ForwardedMessage;
import io.telpher.broker.http.call.Forwarder;
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
import io.telpher.broker.security.TokenFile;
import io.telpher.protocol.Limits;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that does not lead hands requests to the one that does. Step by step, in one thread: both nodes, and what lies between them. */
class ForwardingTest {
    private static final String NOTHING = "{\"tasks\":[]}";
    private static final String RESERVE = post("queues/mail/reserve", "{\"max\":5,\"wait_ms\":20000}");
    private static final String AT_ONCE = post("queues/mail/reserve", "{\"max\":5}");
    private static final String SUBMIT =
            post("tasks", "{\"type\":\"t\",\"queue\":\"mail\",\"payload\":1,\"max_retries\":0}");
    private static final String COUNT = "GET /api/v1/queues/mail HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final int SHARE = 2;

    @TempDir
    Path directory;

    private final BrokerInHand broker = new BrokerInHand();
    private final EmbeddedChannel loop = new EmbeddedChannel();
    private final Metrics metrics = new Metrics();
    private final ChannelGroup served = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE);
    private final LeaderGate leaderGate = LeaderGate.shut(() -> "10.0.0.1:8357");
    private final LeaderGate gate = LeaderGate.shut(() -> "10.0.0.1:8357");
    private final Between between = new Between();
    private final Shares shares = new Shares("forwarded requests", 10, SHARE);
    private Security security;
    private Security leadersSecurity;
    private HttpOptions options;
    private HttpOptions leader;
    private EmbeddedChannel client;
    private @Nullable ClusterControl shown;

    /** The node link. */
    private final class Between implements ClusterControl {
        final List<byte[]> messages = new ArrayList<>();
        final List<ForwardedCall.Ending> unanswered = new ArrayList<>();
        boolean isCut;
        long ageNanos = -1;

        @Override
        public ForwardedCall forward(byte[] request, ForwardedCall.Ending ending) {
            messages.add(request);
            if (isCut) {
                unanswered.add(ending);
                return ForwardedCall.OVER;
            }
            try {
                return ForwardedChannel.open(leader, loop.eventLoop(), request, served, ending);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public long ageNanos() {
            return ageNanos;
        }

        @Override
        public ClusterStatus status() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean transfer(String to) {
            throw new UnsupportedOperationException();
        }

        @Override
        public InstallGrant admit(String node, String link, boolean replaces) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long verify() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int finishUpgrade() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void remove(String node) {
            throw new UnsupportedOperationException();
        }
    }

    @BeforeEach
    void connect() throws Exception {
        leaderGate.open();
        security = Security.open(SecurityConfig.NONE, Files.createDirectory(directory.resolve("follower")));
        leadersSecurity = security;
        options = options(security, gate, Forwarder.of(between, shares));
        leader = options(security, leaderGate, Forwarder.of(between, shares));
        client = open();
    }

    private HttpOptions options(Security who, LeaderGate leads, @Nullable Forwarder forwarder) {
        return new HttpOptions(
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
                        loop.eventLoop()),
                new BrokerFacts("test", directory, "batch"),
                who,
                new Shares("HTTP connections", 10, 10),
                leads,
                forwarder,
                shown);
    }

    private EmbeddedChannel open() {
        return new EmbeddedChannel(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel child) {
                HttpServer.fill(child.pipeline(), options);
            }
        }) {
            @Override
            protected @Nullable SocketAddress remoteAddress0() {
                return isActive() ? new InetSocketAddress("192.0.2.7", 4711) : null;
            }
        };
    }

    @AfterEach
    void disconnect() throws Exception {
        client.finishAndReleaseAll();
        loop.finishAndReleaseAll();
        metrics.close();
        security.close();
        if (leadersSecurity != security) {
            leadersSecurity.close();
        }
    }

    private static String post(String path, String json, String... fields) {
        String more = String.join(
                "", List.of(fields).stream().map(field -> field + "\r\n").toList());
        return "POST /api/v1/" + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + more
                + "Content-Length: " + json.length() + "\r\n\r\n" + json;
    }

    private void send(String text) {
        client.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
        run();
    }

    private void run() {
        for (int i = 0; i < 4; i++) {
            loop.runPendingTasks();
            broker.run();
            loop.runPendingTasks();
            client.runPendingTasks();
        }
    }

    private String sent() {
        StringBuilder text = new StringBuilder();
        for (ByteBuf out = client.readOutbound(); out != null; out = client.readOutbound()) {
            text.append(out.toString(StandardCharsets.UTF_8));
            out.release();
        }
        return text.toString();
    }

    private String ask(String request) {
        send(request);
        return sent();
    }

    private void later(long ms) {
        run();
        client.advanceTimeBy(ms, TimeUnit.MILLISECONDS);
        loop.advanceTimeBy(ms, TimeUnit.MILLISECONDS);
        client.runScheduledPendingTasks();
        loop.runScheduledPendingTasks();
        run();
    }

    private static void assertBegins(String wanted, String response) {
        assertTrue(response.startsWith(wanted), response);
    }

    @Test
    void shouldAnswerWhatTheLeaderAnswers() {
        assertBegins("HTTP/1.1 202 ", ask(SUBMIT));
        String counted = ask(COUNT);
        assertBegins("HTTP/1.1 200 ", counted);
        assertTrue(counted.contains("\"name\":\"mail\""), counted);
        String head = ask(COUNT.replace("GET", "HEAD"));
        assertTrue(head.contains("content-length: ") && !head.contains("content-length: 0"), head);
        assertTrue(head.endsWith("\r\n\r\n"), head);
        String unknown = ask("GET /api/v1/tasks/t-99 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertBegins("HTTP/1.1 404 ", unknown);
        assertTrue(unknown.contains("\"TASK_NOT_FOUND\""), unknown);
        assertEquals(0, shares.count());
    }

    @Test
    void shouldTellTheLeaderWhereACallerIsWhateverTheCallerSays() throws Exception {
        String spoofed = post(
                "tasks",
                "{\"type\":\"t\",\"payload\":1}",
                "X-Forwarded-For: 10.9.9.9",
                "Forwarded: for=10.9.9.9",
                "X-Telpher-Forwarded: yes",
                "address: 10.9.9.9",
                "Authorization: Bearer mine");
        assertBegins("HTTP/1.1 202 ", ask(spoofed));
        byte[] message = between.messages.get(0);
        assertEquals(new InetSocketAddress("192.0.2.7", 4711), ForwardedMessage.from(message));
        FullHttpRequest http = ForwardedMessage.request(message);
        assertEquals(Set.of("Authorization", "Content-Type"), http.headers().names());
        assertFalse(new String(message, StandardCharsets.US_ASCII).contains("10.9.9.9"));
    }

    @Test
    void shouldGiveACallerWhomTheLeaderDoesNotKnowNoRights() throws Exception {
        Path own = Files.createDirectory(directory.resolve("leader"));
        Path tokens = own.resolve("tokens.json");
        TokenFile.edit(tokens, entries -> entries);
        leadersSecurity =
                Security.open(new SecurityConfig(null, tokens, Set.of(), false, SecurityConfig.PENDING_DEFAULT), own);
        leader = options(leadersSecurity, leaderGate, null);
        assertBegins("HTTP/1.1 401 ", ask(SUBMIT));
        assertBegins(
                "HTTP/1.1 401 ", ask(post("tasks", "{\"type\":\"t\",\"payload\":1}", "Authorization: Bearer tq_x_y")));
    }

    @Test
    void shouldForwardOnceOnly() {
        leaderGate.close();
        String refused = ask(SUBMIT);
        assertBegins("HTTP/1.1 503 ", refused);
        assertTrue(refused.contains("\"NOT_LEADER\"") && refused.contains("retry-after: 1"), refused);
        assertEquals(1, between.messages.size());
    }

    @Test
    void shouldAnswerByItselfWhatIsEachNodesOwn() {
        assertTrue(ask("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n").startsWith("HTTP/1.1 503 "), "starting");
        assertBegins("HTTP/1.1 200 ", ask("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        assertBegins("HTTP/1.1 200 ", ask("GET /api/v1/access HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        assertBegins("HTTP/1.1 404 ", ask("GET /api/v1/cluster HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        assertTrue(between.messages.isEmpty());
    }

    @Test
    void shouldAskAgainUntilANodeLeadsAndThenRefuse() {
        between.isCut = true;
        send(SUBMIT);
        between.unanswered.remove(0).unanswered(false, "no leader is known");
        later(100);
        assertEquals(2, between.messages.size());
        between.isCut = false;
        between.unanswered.remove(0).unanswered(false, "no leader is known");
        later(100);
        assertBegins("HTTP/1.1 202 ", sent());

        between.isCut = true;
        send(SUBMIT);
        later(3_000);
        between.unanswered.remove(0).unanswered(false, "no leader is known");
        run();
        String refused = sent();
        assertBegins("HTTP/1.1 503 ", refused);
        assertTrue(refused.contains("\"NOT_LEADER\"") && refused.contains("retry-after: 1"), refused);
    }

    @Test
    void shouldSayThatTheOutcomeIsUnknownWhenTheLeaderIsGoneWithARequest() {
        between.isCut = true;
        send(SUBMIT);
        between.unanswered.remove(0).unanswered(true, "it broke");
        run();
        String unknown = sent();
        assertBegins("HTTP/1.1 502 ", unknown);
        assertTrue(unknown.contains("\"OUTCOME_UNKNOWN\"") && !unknown.contains("retry-after"), unknown);

        send(post("tasks", "{\"type\":\"t\",\"payload\":1}", "Idempotency-Key: k"));
        between.unanswered.remove(0).unanswered(true, "it broke");
        run();
        assertBegins("HTTP/1.1 502 ", sent());
        send(COUNT);
        between.unanswered.remove(0).unanswered(true, "it broke");
        run();
        assertBegins("HTTP/1.1 503 ", sent());
        assertEquals(3, between.messages.size());
        assertEquals(0, shares.count());
    }

    @Test
    void shouldLimitWhatOneCallerHasUnderWay() {
        for (int i = 0; i < SHARE; i++) {
            assertEquals("", ask(RESERVE.replace("mail", "none")));
        }
        send(SUBMIT); // answered behind the others
        assertEquals(SHARE, between.messages.size());
        client.pipeline().close();
        run();
        assertEquals(0, shares.count());
    }

    @Test
    void shouldDeliverAWaitingReserve() {
        send(RESERVE);
        assertEquals("", sent());
        submitElsewhere();
        String delivered = sent();
        assertTrue(delivered.contains("\"attempt\":1,"), delivered);
        assertEquals(0, shares.count());
        assertTrue(ask(AT_ONCE).contains(NOTHING), "the client has it");
    }

    /** Over another connection, to the same node. */
    private void submitElsewhere() {
        EmbeddedChannel waiting = client;
        client = open();
        assertBegins("HTTP/1.1 202 ", ask(SUBMIT));
        client.finishAndReleaseAll();
        client = waiting;
        run();
    }

    private void assertFreshTaskIsThere() {
        client = open();
        String reply = ask(AT_ONCE);
        assertTrue(reply.contains("\"attempt\":1,") && reply.contains("\"crashes\":0"), reply);
    }

    @Test
    void shouldLeaseNothingToACallerThatIsGone() {
        send(RESERVE);
        client.pipeline().close();
        run();
        submitElsewhere();
        assertFreshTaskIsThere();
    }

    @Test
    void shouldGiveBackWhatDidNotReachItsCaller() {
        submitElsewhere();
        client.writeInbound(Unpooled.copiedBuffer(RESERVE, StandardCharsets.US_ASCII));
        loop.runPendingTasks();
        broker.run();
        loop.runPendingTasks(); // leased, and answered to the node between
        client.pipeline().close();
        run();
        assertFreshTaskIsThere();
    }

    @Test
    void shouldLeaseNothingToACallerThatSaidAll() {
        send(RESERVE);
        client.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        run();
        later(1_000);
        assertTrue(sent().endsWith(NOTHING));
        assertFalse(client.isOpen());
        submitElsewhere();
        assertFreshTaskIsThere();
    }

    @Test
    void shouldSayThatTheOutcomeIsUnknownWhenTheLeaderTurnsItsCallersAway() {
        send(RESERVE);
        assertEquals(1, served.size());
        served.close();
        run();
        String unknown = sent();
        assertBegins("HTTP/1.1 502 ", unknown);
        assertTrue(unknown.contains("\"OUTCOME_UNKNOWN\""), unknown);
        submitElsewhere();
        assertFreshTaskIsThere();
    }

    @Test
    void shouldRefuseTasksWhileTooFewNodesHaveRoom() {
        broker.router().lowElsewhere("n2, n3");
        String refused = ask(SUBMIT);
        assertBegins("HTTP/1.1 503 ", refused);
        assertTrue(refused.contains("\"DISK_FULL\"") && refused.contains("disks of n2, n3"), refused);
        broker.router().lowElsewhere("");
        assertBegins("HTTP/1.1 202 ", ask(SUBMIT));
    }

    private static String get(String path) {
        return "GET /api/v1/" + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }

    private void refuses(String what, String request) {
        String refused = ask(request);
        assertBegins("HTTP/1.1 400 ", refused);
        assertTrue(refused.contains("\"BAD_REQUEST\"") && refused.contains(what), refused);
    }

    @Test
    void shouldAnswerByItselfWhatMayBeStale() {
        assertBegins("HTTP/1.1 202 ", ask(SUBMIT));
        between.messages.clear();
        for (String path : List.of(
                "tasks/t-1?payload=true&",
                "tasks/t-1/why?",
                "tasks?",
                "search?q=type:t&",
                "queues?",
                "queues/mail?",
                "queues/mail/scale?",
                "queues/mail/dlq?",
                "queues/mail/dlq/groups?",
                "queues/mail/dlq/export?",
                "broker?")) {
            String answer = ask(get(path + "stale=true"));
            assertBegins("HTTP/1.1 200 ", answer);
            assertTrue(answer.contains("\r\nX-Telpher-Applied: 3\r\nX-Telpher-Age-Ms: 0\r\n"), answer);
        }
        String head = ask(get("tasks/t-1?stale=true").replace("GET", "HEAD"));
        assertBegins("HTTP/1.1 200 ", head);
        assertTrue(head.contains("X-Telpher-Applied: 3") && head.endsWith("\r\n\r\n"), head);
        String unknown = ask(get("tasks/t-99?stale=true"));
        assertBegins("HTTP/1.1 404 ", unknown);
        assertTrue(unknown.contains("X-Telpher-Applied: 3"), unknown);
        assertTrue(between.messages.isEmpty());
        String led = ask(get("tasks/t-1?stale=false"));
        assertTrue(led.startsWith("HTTP/1.1 200 ") && !led.contains("X-Telpher"), led);
        assertEquals(1, between.messages.size());
    }

    @Test
    void shouldRefuseWhatIsNotToBeStale() {
        assertBegins("HTTP/1.1 202 ", ask(SUBMIT));
        between.messages.clear();
        refuses("stale=true goes with GET and HEAD: POST", SUBMIT.replace("/tasks ", "/tasks?stale=true "));
        refuses(
                "stale=true goes with GET and HEAD: DELETE",
                get("tasks/t-1?stale=true").replace("GET", "DELETE"));
        refuses("stale is true or false, not \\\"yes\\\"", get("queues?stale=yes"));
        refuses("stale is true or false, not \\\"\\\"", get("queues?stale="));
        refuses("wait needs the node that leads", get("tasks/t-1?stale=true&wait=5s"));
        for (String path : List.of("tasks/t-1/history", "workers", "queues/mail/dlq/replays", "series", "cluster")) {
            refuses("has no parameter \\\"stale\\\"", get(path + "?stale=true"));
        }
        assertTrue(between.messages.isEmpty());
    }

    @Test
    void shouldSayHowOldItsStateIsWhenItCanBeSaid() {
        assertBegins("HTTP/1.1 202 ", ask(SUBMIT));
        shown = between;
        options = options(security, gate, null);
        client.finishAndReleaseAll();
        client = open();
        String unheard = ask(get("queues/mail?stale=true"));
        assertBegins("HTTP/1.1 200 ", unheard);
        assertTrue(unheard.contains("X-Telpher-Applied: 3") && !unheard.contains("X-Telpher-Age-Ms"), unheard);
        between.ageNanos = TimeUnit.SECONDS.toNanos(90);
        String old = ask(get("queues/mail?stale=true"));
        assertTrue(old.contains("X-Telpher-Age-Ms: 90000\r\n"), old);
        assertBegins("HTTP/1.1 503 ", ask(get("queues/mail")));
    }

    @Test
    void shouldAskWhoItIsBeforeItAnswersAnybodysStaleQuestion() throws Exception {
        assertBegins("HTTP/1.1 202 ", ask(SUBMIT));
        Path own = Files.createDirectory(directory.resolve("asks"));
        Path tokens = own.resolve("tokens.json");
        TokenFile.edit(tokens, entries -> entries);
        leadersSecurity =
                Security.open(new SecurityConfig(null, tokens, Set.of(), false, SecurityConfig.PENDING_DEFAULT), own);
        options = options(leadersSecurity, gate, Forwarder.of(between, shares));
        client.finishAndReleaseAll();
        client = open();
        assertBegins("HTTP/1.1 401 ", ask(get("queues/mail?stale=true")));
    }
}
