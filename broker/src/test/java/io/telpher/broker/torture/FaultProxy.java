package io.telpher.broker.torture;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A bad network between clients and broker: one port that stays, in front of one that changes with each start. */
final class FaultProxy implements AutoCloseable {
    /** How bytes pass; both ways alike. */
    record Weather(long delayMs, int pieceBytes, long pieceGapMs) {
        static final Weather FINE = new Weather(0, Integer.MAX_VALUE, 0);
    }

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    /** Each closes also what is added after it was closed. */
    private final ChannelGroup fromClients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);

    private final ChannelGroup toBroker = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final Channel server;
    private volatile Weather weather = Weather.FINE;
    private volatile int target;

    FaultProxy() {
        server = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel client) {
                        fromClients.add(client);
                        client.pipeline().addLast(new End());
                    }
                })
                .bind("127.0.0.1", 0)
                .syncUninterruptibly()
                .channel();
    }

    int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** Where new connections lead. */
    void target(int port) {
        target = port;
    }

    void weather(Weather now) {
        weather = now;
    }

    /** Ends about this share of the connections, half of them without a goodbye. */
    void drop(double share, Random random) {
        for (Channel client : fromClients) {
            if (random.nextDouble() < share) {
                if (random.nextBoolean()) {
                    client.config().setOption(ChannelOption.SO_LINGER, 0);
                }
                client.close();
            }
        }
    }

    /** Says the end of one direction on about this share of the connections; the other one stays open. */
    void halfClose(double share, Random random) {
        for (Channel client : fromClients) {
            if (random.nextDouble() < share) {
                End end = client.pipeline().get(End.class);
                Channel broker = end == null ? null : end.peer;
                ((SocketChannel) (broker == null || random.nextBoolean() ? client : broker)).shutdownOutput();
            }
        }
    }

    @Override
    public void close() {
        server.close().syncUninterruptibly();
        fromClients.close().syncUninterruptibly();
        toBroker.close().syncUninterruptibly();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** One end of a pair of connections: what it reads, the other one writes. All of a pair runs on the one event loop. */
    private final class End extends ChannelInboundHandlerAdapter {
        private volatile @Nullable Channel peer;
        private @Nullable Passage out;
        private @Nullable Passage in;

        @Override
        public void channelActive(ChannelHandlerContext context) {
            if (context.channel().parent() != null) { // accepted, not made
                connect(context.channel());
            }
        }

        private void connect(Channel client) {
            End other = new End();
            new Bootstrap()
                    .group(client.eventLoop())
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.AUTO_READ, false)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 2_000)
                    .handler(other)
                    .connect("127.0.0.1", target)
                    .addListener((ChannelFutureListener) connected -> {
                        toBroker.add(connected.channel());
                        if (connected.isSuccess() && client.isActive()) {
                            join(client, other, connected.channel());
                        } else {
                            connected.channel().close();
                            client.close();
                        }
                    });
        }

        private void join(Channel client, End other, Channel broker) {
            peer = broker;
            other.peer = client;
            out = new Passage(client, broker);
            in = new Passage(broker, client);
            other.out = in;
            other.in = out;
            client.read();
            broker.read();
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            Objects.requireNonNull(out, "read before it was joined").add((ByteBuf) message, weather);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (in != null && out != null) {
                in.discard();
                out.end();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close(); // a reset connection: what this proxy is for
        }
    }
}
