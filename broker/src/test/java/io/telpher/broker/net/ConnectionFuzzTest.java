package io.telpher.broker.net;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.telpher.broker.BrokerInHand;
import io.telpher.broker.Held;
import io.telpher.broker.partition.LeaderGate;
import io.telpher.broker.partition.session.Shares;
import io.telpher.broker.security.Security;
import io.telpher.broker.security.SecurityConfig;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameValidator;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.session.Hello;
import io.telpher.testing.HexVector;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** A connection of the binary protocol with the whole broker behind it. The first byte says how to begin, the second how the rest is cut. */
class ConnectionFuzzTest {
    private static final int WITH_HELLO = 1;
    private static final int PLAN_BYTES = 2;
    private static final long HOUR_MS = 3_600_000;
    private static final Held HELD = new Held(1 << 20, 1 << 10);

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

    static List<byte[]> seeds() throws IOException {
        return HexVector.all().stream()
                .map(vector -> input(WITH_HELLO, vector.bytes()))
                .toList();
    }

    private static byte[] input(int flags, byte[] stream) {
        return ByteBuffer.allocate(PLAN_BYTES + stream.length)
                .put((byte) flags)
                .put((byte) 0)
                .put(stream)
                .array();
    }

    @MethodSource("seeds")
    @FuzzTest
    void shouldSurviveAnyBytes(byte[] input) {
        if (input.length >= PLAN_BYTES) {
            HELD.during(input.length, () -> talk(input));
        }
    }

    private static void talk(byte[] input) {
        BrokerInHand broker = new BrokerInHand();
        BinaryServer.Options options = new BinaryServer.Options(
                new InetSocketAddress(0),
                Limits.DEFAULT,
                10,
                new Shares("connections", 10, 10),
                broker::nextSession,
                broker::nowMs,
                broker::nowMs,
                "fuzzed",
                security,
                LeaderGate.alwaysOpen());
        EmbeddedChannel channel = new EmbeddedChannel(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel child) {
                child.pipeline()
                        .addLast(new SlowReader())
                        .addLast(new Connection(options, broker.router(), child, ConcurrentHashMap.newKeySet()));
            }
        });
        if ((input[0] & WITH_HELLO) != 0) {
            byte[] hello = Hello.write(new FrameWriter(), 1, "", "fuzz").toBytes();
            take(broker, channel, hello, 0, hello.length);
        }
        Random cuts = new Random(input[1]);
        for (int at = PLAN_BYTES; at < input.length; ) {
            int bytes = input[1] == 0 ? input.length - at : Math.min(input.length - at, 1 + cuts.nextInt(100));
            take(broker, channel, input, at, bytes);
            at += bytes;
        }
        broker.pass(HOUR_MS);
        channel.close();
        broker.run();
        channel.finishAndReleaseAll();
    }

    private static void take(BrokerInHand broker, EmbeddedChannel channel, byte[] bytes, int from, int count) {
        if (channel.isOpen()) {
            channel.writeInbound(ByteBufAllocator.DEFAULT.buffer(count).writeBytes(bytes, from, count));
            broker.run();
            channel.runPendingTasks();
        }
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            checkReplies(out.nioBuffer().order(ByteOrder.LITTLE_ENDIAN));
            out.release();
        }
    }

    /** Whole frames that this broker's own clients take. */
    private static void checkReplies(ByteBuffer replies) {
        int at = 0;
        while (at < replies.limit()) {
            int bytes = (int) Frame.bytes(replies, at);
            Problem problem = FrameValidator.structure(replies.duplicate().order(ByteOrder.LITTLE_ENDIAN), at, bytes);
            if (problem != null) {
                throw new AssertionError("a malformed reply: " + problem.message());
            }
            MessageType type = MessageType.known(Frame.typeCode(replies, at));
            if (type.kind() != MessageType.Kind.REPLY && type.kind() != MessageType.Kind.SESSION) {
                throw new AssertionError("a reply that is a " + type);
            }
            at += bytes;
        }
    }
}
