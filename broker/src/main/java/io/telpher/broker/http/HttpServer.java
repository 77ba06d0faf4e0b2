package io.telpher.broker.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.telpher.broker.memory.BufferBudget;
import io.telpher.broker.net.SlowReader;
import io.telpher.broker.net.Transport;
import io.telpher.broker.partition.PartitionRouter;
import io.telpher.broker.partition.Session;
import io.telpher.broker.security.Security;
import io.telpher.broker.security.ServerTls;
import io.telpher.protocol.Limits;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Listens for HTTP. */
public final class HttpServer implements AutoCloseable {
    /** A payload may be base64, and JSON escapes: a body may be so many times the largest frame. */
    private static final int BODY_FACTOR = 2;

    private final Channel channel;
    private final ChannelGroup connections;

    private HttpServer(Channel channel, ChannelGroup connections) {
        this.channel = channel;
        this.connections = connections;
    }

    /**
     * What a connection is held to.
     *
     * @param sessionIds gives a new one at each call
     * @param clock ms since 1970
     * @param isReady what /readyz says
     * @param metrics what /metrics shows
     * @param feed what is told to those who watch
     * @param facts about this broker, for operators
     * @param security who is let in
     */
    public record Options(
            InetSocketAddress bind,
            Limits limits,
            PartitionRouter router,
            LongSupplier sessionIds,
            LongSupplier clock,
            BooleanSupplier isReady,
            Metrics metrics,
            LiveFeed feed,
            BrokerFacts facts,
            Security security) {
        public Options {
            LongSupplier plain = sessionIds;
            sessionIds = () -> plain.getAsLong() | Session.HTTP_BIT;
        }
    }

    public static HttpServer start(Options options, EventLoopGroup group) throws InterruptedException {
        ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
        Channel channel = new ServerBootstrap()
                .group(group)
                .channel(Transport.serverChannel())
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel child) {
                        connections.add(child);
                        fill(child.pipeline(), options);
                    }
                })
                .bind(options.bind())
                .sync()
                .channel();
        return new HttpServer(channel, connections);
    }

    static void fill(ChannelPipeline pipeline, Options options) {
        HttpDecoderConfig limits = new HttpDecoderConfig()
                .setMaxInitialLineLength(RequestHead.LINE_BYTES_MAX)
                .setMaxHeaderSize(RequestHead.FIELDS_BYTES_MAX);
        pipeline.addLast(options.security().pending().newHandler()).addLast(new SlowReader());
        ServerTls tls = options.security().tls();
        if (tls != null) {
            pipeline.addLast(tls.handler(pipeline.channel().alloc()));
        }
        pipeline.addLast(new HttpRequestDecoder(limits))
                .addLast(new HttpResponseEncoder())
                .addLast(new SlowRequests())
                .addLast(new RequestHead())
                .addLast(new BodiesOfStrangers(options.security()))
                .addLast(new BodyLimit(BODY_FACTOR * options.limits().frameBytesMax(), BufferBudget.incomplete()))
                .addLast(new FlowControlHandler())
                .addLast(new HttpConnection(options));
    }

    public int port() {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    /** Somebody may be allowed more or less than before. Any thread. */
    public void lookWhoIsThere() {
        for (Channel connection : connections) {
            connection.eventLoop().execute(() -> {
                HttpConnection handler = connection.pipeline().get(HttpConnection.class);
                if (handler != null) {
                    handler.lookWhoIsThere(connection);
                }
            });
        }
    }

    @Override
    public void close() {
        channel.close().syncUninterruptibly();
        connections.close().syncUninterruptibly();
    }
}
