package io.telpher.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.timeout.IdleStateEvent;
import io.telpher.broker.BrokerInHand;
import io.telpher.broker.memory.BufferBudget;
import io.telpher.broker.partition.LeaderGate;
import io.telpher.broker.partition.session.Shares;
import io.telpher.broker.security.Security;
import io.telpher.broker.security.SecurityConfig;
import io.telpher.protocol.Limits;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.session.Hello;
import io.telpher.protocol.task.Submit;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A connection whose requests are not taken in yet is read no further, and is read on when they are. */
class BackPressureTest {
    private static final int PAYLOAD_BYTES = 512 << 10;

    @TempDir
    Path directory;

    private final BrokerInHand broker = new BrokerInHand(8 << 20);
    private final List<EmbeddedChannel> channels = new ArrayList<>();
    private Security security;
    private EmbeddedChannel first;
    private EmbeddedChannel second;
    private int readsAskedFor;

    @BeforeEach
    void connect() throws Exception {
        security = Security.open(SecurityConfig.NONE, directory);
        first = connection();
        second = connection();
    }

    private EmbeddedChannel connection() {
        BinaryServer.Options options = new BinaryServer.Options(
                new InetSocketAddress(0),
                Limits.DEFAULT,
                10,
                new Shares("connections", 10, 10),
                broker::nextSession,
                broker::nowMs,
                broker::nowMs,
                "test",
                security,
                LeaderGate.alwaysOpen());
        EmbeddedChannel channel = new EmbeddedChannel();
        channels.add(channel);
        channel.pipeline()
                .addLast(new ChannelOutboundHandlerAdapter() {
                    @Override
                    public void read(ChannelHandlerContext context) throws Exception {
                        readsAskedFor++;
                        super.read(context);
                    }
                })
                .addLast(new Connection(options, broker.router(), channel, ConcurrentHashMap.newKeySet()));
        channel.writeInbound(Unpooled.wrappedBuffer(
                Hello.write(new FrameWriter(), 1, "", "test").toBytes()));
        return channel;
    }

    @AfterEach
    void disconnect() throws Exception {
        channels.forEach(EmbeddedChannel::close);
        broker.run();
        channels.forEach(EmbeddedChannel::finishAndReleaseAll);
        security.close();
    }

    private static void submit(EmbeddedChannel channel) {
        TaskSpec task = TaskSpec.type("t").queue("q").payload(new byte[PAYLOAD_BYTES]);
        channel.writeInbound(
                Unpooled.wrappedBuffer(Submit.write(new FrameWriter(), 1, task).toBytes()));
    }

    private static boolean isRead(EmbeddedChannel channel) {
        channel.runPendingTasks();
        return channel.config().isAutoRead();
    }

    @Test
    void shouldLeaveAConnectionUnreadThatIsAhead() {
        while (isRead(first)) {
            submit(first);
        }
        readsAskedFor = 0;
        first.pipeline().fireChannelReadComplete();
        assertEquals(0, readsAskedFor, "it is not to be read, and asks for more");
        assertTrue(isRead(second), "others are read on");
        broker.run();
        assertTrue(isRead(first));
    }

    @Test
    void shouldLeaveAllUnreadWhileTheyAreAheadTogether() {
        while (!broker.router().isCrowded()) {
            EmbeddedChannel other = connection();
            while (isRead(other)) {
                submit(other);
            }
        }
        submit(first);
        assertFalse(isRead(first));
        assertTrue(isRead(second), "it has sent nothing that would have shown it");
        broker.run();
        assertTrue(isRead(first));
    }

    @Test
    void shouldTakeAFrameInPiecesAndNothingForItsClaim() {
        long before = BufferBudget.incomplete().takenBytes();
        byte[] frame = Submit.write(
                        new FrameWriter(), 1, TaskSpec.type("t").queue("q").payload(new byte[PAYLOAD_BYTES]))
                .toBytes();
        first.writeInbound(Unpooled.copiedBuffer(frame, 0, 3));
        first.writeInbound(Unpooled.copiedBuffer(frame, 3, 40));
        assertTrue(BufferBudget.incomplete().takenBytes() - before <= 16 << 10);
        for (int at = 43; at < frame.length; at += 1000) {
            first.writeInbound(Unpooled.copiedBuffer(frame, at, Math.min(1000, frame.length - at)));
        }
        assertEquals(before, BufferBudget.incomplete().takenBytes());
        discardReplies();
        broker.run();
        ByteBuf reply = first.readOutbound();
        assertEquals(MessageType.SUBMITTED, MessageType.of(reply.getUnsignedByte(4)));
        reply.release();
        assertTrue(isRead(first));
    }

    /** It would keep memory from others. */
    @Test
    void shouldHangUpOnAFrameThatIsBegunAndNotEnded() {
        second.pipeline().fireUserEventTriggered(IdleStateEvent.READER_IDLE_STATE_EVENT);
        second.runPendingTasks();
        assertTrue(second.isOpen(), "nothing is begun");
        byte[] frame = Submit.write(new FrameWriter(), 1, TaskSpec.type("t")).toBytes();
        first.writeInbound(Unpooled.copiedBuffer(frame, 0, frame.length - 1));
        discardReplies();
        first.pipeline().fireUserEventTriggered(IdleStateEvent.READER_IDLE_STATE_EVENT);
        ByteBuf error = first.readOutbound();
        assertEquals(MessageType.ERROR, MessageType.of(error.getUnsignedByte(4)));
        error.release();
        first.runPendingTasks();
        assertFalse(first.isOpen());
    }

    private void discardReplies() {
        for (ByteBuf reply = first.readOutbound(); reply != null; reply = first.readOutbound()) {
            reply.release();
        }
    }
}
