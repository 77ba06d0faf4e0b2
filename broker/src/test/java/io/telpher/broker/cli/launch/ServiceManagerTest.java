package io.telpher.broker.cli.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import io.telpher.broker.cli.TqProcess;
import io.telpher.broker.net.Transport;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What systemd hears; here the test is systemd. */
@EnabledOnOs(OS.LINUX)
@Timeout(300)
class ServiceManagerTest {
    @TempDir
    Path directory;

    /** Listens, and keeps what it was told. */
    private static final class Manager implements AutoCloseable {
        private final EventLoopGroup group = Transport.newGroup("manager", 1);
        private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
        private final Channel channel;

        Manager(DomainSocketAddress address) {
            channel = new Bootstrap()
                    .group(group)
                    .channel(EpollDomainDatagramChannel.class)
                    .handler(new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                        @Override
                        protected void channelRead0(ChannelHandlerContext context, DomainDatagramPacket packet) {
                            told.add(packet.content().toString(StandardCharsets.UTF_8));
                        }
                    })
                    .bind(address)
                    .syncUninterruptibly()
                    .channel();
        }

        @Override
        public void close() {
            channel.close().syncUninterruptibly();
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    @Test
    void shouldSayThatItServesOnceItDoes() throws Exception {
        String socket = directory.resolve("notify").toString();
        try (Manager manager = new Manager(new DomainSocketAddress(socket))) {
            ServiceManager.tellReady(Map.of());
            ServiceManager.tellReady(Map.of("NOTIFY_SOCKET", ""));
            try (TqProcess broker = TqProcess.start(
                    directory,
                    Map.of("NOTIFY_SOCKET", socket),
                    "broker",
                    "--set",
                    "journal.dir=" + directory.resolve("data"),
                    "--set",
                    "listen.port=0",
                    "--set",
                    "http.port=0")) {
                assertEquals("READY=1\n", manager.told.take());
                String line = broker.line();
                assertTrue(line.startsWith("ready binary="), line);
                assertEquals(143, broker.terminate());
            }
        }
    }

    @Test
    void shouldKnowSocketsThatAreNoFiles() throws Exception {
        String name = "telpher-test-" + ProcessHandle.current().pid();
        try (Manager manager = new Manager(new DomainSocketAddress("\0" + name))) {
            ServiceManager.tellReady(Map.of("NOTIFY_SOCKET", "@" + name));
            assertEquals("READY=1\n", manager.told.take());
        }
    }

    @Test
    void shouldGoOnWhenNobodyListens() {
        Logger logger = (Logger) LoggerFactory.getLogger(ServiceManager.class);
        ListAppender<ILoggingEvent> said = new ListAppender<>();
        said.start();
        logger.addAppender(said);
        try {
            ServiceManager.tellReady(
                    Map.of("NOTIFY_SOCKET", directory.resolve("nobody").toString()));
        } finally {
            logger.detachAppender(said);
        }
        assertEquals(1, said.list.size());
        assertTrue(said.list.get(0).getFormattedMessage().startsWith("TQ-1012 "), said.list::toString);
    }
}
