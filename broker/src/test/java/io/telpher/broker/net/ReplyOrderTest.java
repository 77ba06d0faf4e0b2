package io.telpher.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.telpher.broker.partition.session.Session;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The thread of a partition and the event loop take turns at a partition; a client gets what they send in the order in which they sent it. */
@Timeout(30)
class ReplyOrderTest {
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
    private final ConcurrentLinkedQueue<String> written = new ConcurrentLinkedQueue<>();
    private final LocalChannel channel = new LocalChannel();

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    @AfterEach
    void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private List<String> sentByBoth(BiConsumer<Session, ByteBuf> send) throws Exception {
        channel.pipeline().addLast(new ChannelOutboundHandlerAdapter() {
            @Override
            public void write(ChannelHandlerContext context, Object frames, ChannelPromise promise) {
                ByteBuf buffer = (ByteBuf) frames;
                written.add(buffer.toString(StandardCharsets.US_ASCII));
                buffer.release();
                promise.trySuccess();
            }
        });
        group.register(channel).sync();
        Session session =
                new ConnectionSession(1, channel, "", new ConnectionSession.Client("", "", ""), 0, frames -> {});
        channel.eventLoop()
                .submit(() -> {
                    CompletableFuture.runAsync(() -> send.accept(session, bytes("the partition's thread")))
                            .join();
                    channel.eventLoop().execute(() -> send.accept(session, bytes("the event loop, later")));
                    send.accept(session, bytes("the event loop"));
                })
                .sync();
        channel.eventLoop().submit(() -> {}).sync();
        channel.eventLoop().submit(() -> {}).sync(); // behind what waits
        return List.copyOf(written);
    }

    @Test
    void shouldSendRepliesInOrder() throws Exception {
        assertEquals(
                List.of("the partition's thread", "the event loop", "the event loop, later"),
                sentByBoth(Session::send));
    }

    @Test
    void shouldSendDeliveriesInOrder() throws Exception {
        assertEquals(
                List.of("the partition's thread", "the event loop", "the event loop, later"),
                sentByBoth(Session::sendDeliveries));
    }
}
