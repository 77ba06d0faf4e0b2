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
    private final ChannelGroup fromClients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
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
                        client.pipeline().addLast(new Half());
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
                Half half = client.pipeline().get(Half.class);
                Channel end = random.nextBoolean() || half == null || half.peer == null ? client : half.peer;
                ((SocketChannel) end).shutdownOutput();
            }
        }
    }

    @Override
    public void close() {
        server.close().syncUninterruptibly();
        fromClients.close().syncUninterruptibly();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** One end of a pair of connections: what it reads, the other one writes. All of a pair runs on the one event loop. */
    private final class Half extends ChannelInboundHandlerAdapter {
        private @Nullable Channel peer;
        private long freeAtNanos = System.nanoTime();

        @Override
        public void channelActive(ChannelHandlerContext context) {
            if (peer != null) {
                return; // made by the other end
            }
            Channel client = context.channel();
            Half other = new Half();
            other.peer = client;
            new Bootstrap()
                    .group(client.eventLoop())
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.AUTO_READ, false)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 2_000)
                    .handler(other)
                    .connect("127.0.0.1", target)
                    .addListener((ChannelFutureListener) connected -> {
                        if (connected.isSuccess() && client.isActive()) {
                            peer = connected.channel();
                            client.read();
                            peer.read();
                        } else {
                            connected.channel().close();
                            client.close();
                        }
                    });
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            Weather now = weather;
            while (bytes.isReadable()) {
                later(context, bytes.readRetainedSlice(Math.min(bytes.readableBytes(), now.pieceBytes)), now);
            }
            bytes.release();
            passed(context, now);
        }

        /** In the order read, however the weather changes. */
        private void later(ChannelHandlerContext context, ByteBuf piece, Weather now) {
            Channel to = java.util.Objects.requireNonNull(peer);
            Runnable write = () -> to.writeAndFlush(piece);
            schedule(context, write, now.delayMs, now.pieceGapMs);
        }

        private void passed(ChannelHandlerContext context, Weather now) {
            schedule(context, context::read, now.pieceGapMs, 0);
        }

        private void schedule(ChannelHandlerContext context, Runnable step, long delayMs, long gapMs) {
            long now = System.nanoTime();
            long at = Math.max(freeAtNanos, now + TimeUnit.MILLISECONDS.toNanos(delayMs));
            freeAtNanos = at + TimeUnit.MILLISECONDS.toNanos(gapMs);
            if (at <= now) {
                step.run();
            } else {
                context.executor().schedule(step, at - now, TimeUnit.NANOSECONDS);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            Channel other = peer;
            if (other != null) {
                Runnable end = other::close;
                schedule(context, end, 0, 0);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close(); // a reset connection: what this proxy is for
        }
    }
}
