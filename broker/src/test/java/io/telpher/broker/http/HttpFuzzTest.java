package io.telpher.broker.http;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.util.ReferenceCountUtil;
import io.telpher.broker.BrokerInHand;
import io.telpher.broker.Held;
import io.telpher.broker.http.call.BrokerFacts;
import io.telpher.broker.http.call.HealthAnswers;
import io.telpher.broker.http.call.HttpOptions;
import io.telpher.broker.http.live.LiveFeed;
import io.telpher.broker.http.metrics.Metrics;
import io.telpher.broker.http.route.Router;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** An HTTP connection with the whole broker behind it. The first byte says how the rest is cut. */
class HttpFuzzTest {
    private static final long HOUR_MS = 3_600_000;
    private static final int INTERNAL_ERROR = 500;
    /** The largest answer to the shortest request is that of /metrics: about a megabyte of strings. */
    private static final Held HELD = new Held(2 << 20, 4 << 10);

    @TempDir
    static Path directory;

    private static Security security;

    @BeforeAll
    static void letAnybodyIn() throws Exception {
        security = Security.open(SecurityConfig.NONE, directory);
    }

    @AfterAll
    static void closeSecurity() throws Exception {
        security.close();
    }

    private static final Metrics METRICS = new Metrics();

    private static final String[] BODIES = {
        "{}",
        "{\"type\":\"mail\",\"queue\":\"q\",\"payload\":{\"a\":[1,null,true,\"\\u00e9\"]},\"priority\":\"high\",\"delay_ms\":5,"
                + "\"headers\":{\"a\":\"b\"},\"retry\":{\"max_retries\":2,\"backoff\":\"linear\",\"base_ms\":1,\"factor\":1.5,\"cap_ms\":9,"
                + "\"jitter\":\"10%\"},\"expires_at\":\"2030-01-01T00:00:00Z\",\"idempotency_key\":\"k\"}",
        "{\"tasks\":[{\"type\":\"t\",\"payload_base64\":\"AAEC\",\"content_type\":\"x/y\"}]}",
        "{\"max\":5,\"wait_ms\":10,\"worker\":\"w\",\"visibility_timeout_ms\":1000}",
        "{\"lease_id\":16777217,\"result\":{\"ok\":true},\"follow_up\":[{\"type\":\"t\",\"payload\":1}]}",
        "{\"lease_id\":16777217,\"error\":\"no 42\",\"permanent\":true,\"retry_after_ms\":7}",
        "{\"lease_id\":1,\"percent\":50,\"note\":\"half\"}",
        "{\"max_retries\":5,\"backoff\":\"exponential\",\"factor\":2.5,\"max_tasks\":1,\"on_disconnect\":\"keep\"}",
        "{\"task_ids\":[\"t-1\"],\"dry_run\":true,\"limit\":3,\"type\":\"mail\",\"error\":\"no\"}",
    };

    static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (String route : Router.all()) {
            String line = route.replace("{id}", "t-1").replace("{q}", "q") + " HTTP/1.1\r\nHost: localhost\r\n";
            boolean hasBody = route.startsWith("POST") || route.startsWith("PUT");
            for (String body : hasBody ? BODIES : new String[] {""}) {
                seeds.add(seed(line + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                        + body));
            }
        }
        seeds.add(
                lines("GET /api/v1/tasks?queue=q&status=queued&limit=2&after=t-1 HTTP/1.1", "Host: localhost", "", ""));
        seeds.add(lines("GET /api/v1/tasks/t-1?wait=1s&payload=true HTTP/1.0", "Connection: keep-alive", "", ""));
        seeds.add(lines("GET /metrics HTTP/1.1", "Host: localhost", "Accept: text/*;q=0.5", "", ""));
        seeds.add(lines(
                "POST /api/v1/tasks HTTP/1.1",
                "Host: localhost",
                "Content-Type: application/json",
                "Transfer-Encoding: chunked",
                "",
                "2;x=y",
                "{}",
                "0",
                "A: b",
                "",
                "OPTIONS * HTTP/1.1",
                "Host: a",
                "",
                ""));
        return seeds;
    }

    private static byte[] lines(String... lines) {
        return seed(String.join("\r\n", lines));
    }

    private static byte[] seed(String text) {
        return ("\0" + text).getBytes(StandardCharsets.UTF_8);
    }

    @MethodSource("seeds")
    @FuzzTest
    void shouldSurviveAnyBytes(byte[] input) {
        if (input.length > 0) {
            HELD.during(input.length, () -> talk(input));
        }
    }

    private static void talk(byte[] input) {
        BrokerInHand broker = new BrokerInHand();
        EmbeddedChannel timers = new EmbeddedChannel();
        HttpOptions options = new HttpOptions(
                new InetSocketAddress(0),
                Limits.DEFAULT,
                broker.router(),
                broker::nextSession,
                broker::nowMs,
                new HealthAnswers(new StartProgress(), List::of),
                METRICS,
                feed(broker, timers),
                new BrokerFacts("fuzzed", Path.of("nowhere"), "batch"),
                security,
                new Shares("HTTP connections", 10, 10),
                LeaderGate.alwaysOpen(),
                null,
                null);
        EmbeddedChannel channel = new EmbeddedChannel(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel child) {
                HttpServer.fill(child.pipeline(), options);
            }
        });
        EmbeddedChannel client = new EmbeddedChannel(new HttpResponseDecoder());
        Random cuts = new Random(input[0]);
        for (int at = 1; at < input.length && channel.isOpen(); ) {
            int bytes = input[0] == 0 ? input.length - at : Math.min(input.length - at, 1 + cuts.nextInt(100));
            channel.writeInbound(ByteBufAllocator.DEFAULT.buffer(bytes).writeBytes(input, at, bytes));
            settle(broker, channel);
            check(channel, client);
            at += bytes;
        }
        broker.pass(HOUR_MS);
        settle(broker, channel);
        check(channel, client);
        channel.close();
        broker.run();
        channel.finishAndReleaseAll();
        client.finishAndReleaseAll();
        timers.finishAndReleaseAll();
    }

    /** Its timers never run. */
    private static LiveFeed feed(BrokerInHand broker, EmbeddedChannel timers) {
        return LiveFeed.start(
                new LiveFeed.Sources(
                        broker.router(), new TaskChanges(broker::nowMs), new LatencyRecorder(), broker::nowMs),
                timers.eventLoop());
    }

    /** Replies hop to the connection's loop, and may ask again there. */
    private static void settle(BrokerInHand broker, EmbeddedChannel channel) {
        do {
            broker.run();
            channel.runPendingTasks();
            broker.run();
        } while (channel.hasPendingTasks());
    }

    /** Responses that a client can read, and none that owns up to an error. HEAD is not told to the decoder: see the flag. */
    private static void check(EmbeddedChannel channel, EmbeddedChannel client) {
        for (Object out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            if (out instanceof ByteBuf bytes && bytes.isReadable()) {
                client.writeInbound(bytes);
            } else {
                ReferenceCountUtil.release(out);
            }
        }
        for (Object in = client.readInbound(); in != null; in = client.readInbound()) {
            if (in instanceof HttpResponse response && response.status().code() == INTERNAL_ERROR) {
                throw new AssertionError("" + response);
            }
            ReferenceCountUtil.release(in);
        }
    }
}
