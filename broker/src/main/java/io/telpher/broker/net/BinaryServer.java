package io.telpher.broker.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.telpher.broker.partition.LeaderGate;
import io.telpher.broker.partition.routing.PartitionRouter;
import io.telpher.broker.partition.session.Shares;
import io.telpher.broker.security.Security;
import io.telpher.broker.security.ServerTls;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** Listens for the binary protocol. */
public final class BinaryServer implements AutoCloseable {
    private static final int BACKLOG = 1024;
    private static final WriteBufferWaterMark WRITE_MARKS = new WriteBufferWaterMark(4 << 20, 16 << 20);

    private final Channel channel;
    private final Set<Connection> connections;

    private BinaryServer(Channel channel, Set<Connection> connections) {
        this.channel = channel;
        this.connections = connections;
    }

    /**
     * Limits of a connection.
     *
     * @param connectionsMax with those that have not said who they are
     * @param shares of those that have
     * @param sessionIds gives a new one at each call
     * @param clock of the broker, ms since 1970
     * @param wallClock ms since 1970 for people and clients, told in WELCOME
     * @param version of the broker, told in WELCOME
     * @param security who is let in
     * @param gate open while this machine takes requests
     */
    public record Options(
            InetSocketAddress bind,
            Limits limits,
            int connectionsMax,
            Shares shares,
            LongSupplier sessionIds,
            LongSupplier clock,
            LongSupplier wallClock,
            String version,
            Security security,
            LeaderGate gate) {}

    public static BinaryServer start(Options options, PartitionRouter router, EventLoopGroup group) {
        Set<Connection> connections = ConcurrentHashMap.newKeySet();
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(group)
                .channel(Transport.serverChannel())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WRITE_MARKS)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, new CrowdedReads(router::isCrowded))
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel child) {
                        child.pipeline()
                                .addLast(options.security().pending().newHandler())
                                .addLast(new SlowReader());
                        ServerTls tls = options.security().tls();
                        if (tls != null) {
                            tls.addTo(child.pipeline());
                        }
                        child.pipeline().addLast(new Connection(options, router, child, connections));
                    }
                });
        Channel channel = Listening.at(bootstrap, options.bind(), "listen");
        return new BinaryServer(channel, connections);
    }

    public int port() {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    public int connectionCount() {
        return connections.size();
    }

    /** Applies changed credentials and rules to open connections. Any thread. */
    public void recheckCredentials() {
        connections.forEach(Connection::recheckCredentials);
    }

    /** Takes no new connections and tells the clients to go elsewhere; those that are open go on. */
    public void drain() {
        channel.close().syncUninterruptibly();
        connections.forEach(Connection::goAway);
    }

    /** This machine leads no more: tells each client so and closes its connection, for good when this returns. */
    public void turnAway(Problem notLeader) {
        List<ChannelFuture> closing = connections.stream()
                .map(connection -> connection.turnAway(notLeader))
                .toList();
        closing.forEach(ChannelFuture::syncUninterruptibly);
    }

    @Override
    public void close() {
        channel.close().syncUninterruptibly();
        for (Connection connection : connections) {
            connection.close().syncUninterruptibly();
        }
    }
}
