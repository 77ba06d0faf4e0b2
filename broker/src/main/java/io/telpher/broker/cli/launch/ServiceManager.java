package io.telpher.broker.cli.launch;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.telpher.broker.net.Transport;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells systemd that the broker serves, so that {@code systemctl start} waits until then and fails when it comes to nothing ({@code Type=notify}). */
final class ServiceManager {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);
    private static final String SOCKET = "NOTIFY_SOCKET";

    private ServiceManager() {}

    /** Does nothing without a service manager; failures are logged. */
    static void tellReady(Map<String, String> environment) {
        String socket = environment.getOrDefault(SOCKET, "");
        if (socket.isEmpty()) {
            return;
        }
        EventLoopGroup group = Transport.newGroup("telpher-notify", 1);
        try {
            // A name that begins with @ is no file's.
            DomainSocketAddress address = new DomainSocketAddress(socket.replaceFirst("^@", "\0"));
            ChannelFuture connected = new Bootstrap()
                    .group(group)
                    .channel(EpollDomainDatagramChannel.class)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(address)
                    .awaitUninterruptibly();
            requireDone(connected);
            requireDone(connected
                    .channel()
                    .writeAndFlush(Unpooled.copiedBuffer("READY=1\n", StandardCharsets.UTF_8))
                    .awaitUninterruptibly());
            connected.channel().close().awaitUninterruptibly();
        } catch (RuntimeException | LinkageError e) {
            LOG.warn("TQ-1012 the service manager can't be told at {} that the broker serves", socket, e);
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    private static void requireDone(ChannelFuture done) {
        if (!done.isSuccess()) {
            throw new IllegalStateException(done.cause());
        }
    }
}
