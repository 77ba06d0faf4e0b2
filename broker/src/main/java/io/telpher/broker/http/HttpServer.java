package io.telpher.broker.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
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
import io.telpher.broker.cluster.forward.ForwardedCall;
import io.telpher.broker.http.call.BrokerFacts;
import io.telpher.broker.http.call.HealthAnswers;
import io.telpher.broker.http.call.HttpOptions;
import io.telpher.broker.http.request.BodyLimit;
import io.telpher.broker.http.request.RequestHead;
import io.telpher.broker.memory.BufferBudget;
import io.telpher.broker.net.Listening;
import io.telpher.broker.net.SlowReader;
import io.telpher.broker.net.Transport;
import io.telpher.broker.security.Security;
import io.telpher.broker.security.ServerTls;
import io.telpher.protocol.Limits;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Listens for HTTP. */
public final class HttpServer implements ForwardedCall.Target, AutoCloseable {
    /** Largest body as a multiple of the largest frame: a payload may be base64, and JSON escapes. */
    private static final int BODY_FACTOR = 2;

    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final HealthAnswers health;
    private final EventLoopGroup loops;
    private final Channel channel;
    private volatile @Nullable HttpOptions serving;

    private HttpServer(Early options, EventLoopGroup group) {
        this.health = options.health();
        this.loops = group;
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(group)
                .channel(Transport.serverChannel())
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel child) {
                        connections.add(child);
                        HttpOptions full = serving;
                        if (full == null) {
                            fill(child.pipeline(), options.limits(), options.security());
                            child.pipeline().addLast(new StartingConnection(HttpServer.this));
                        } else {
                            fill(child.pipeline(), full);
                        }
                    }
                });
        this.channel = Listening.at(bootstrap, options.bind(), "http");
    }

    /** The answers before a broker has started. */
    public record Early(InetSocketAddress bind, Limits limits, HealthAnswers health, Security security) {}

    /** Listens, and says how far the start is until {@link #serve}. */
    public static HttpServer open(Early options, EventLoopGroup group) {
        return new HttpServer(options, group);
    }

    /** From here on the API is served. */
    public void serve(HttpOptions options) {
        serving = options;
    }

    /** Null while the broker starts. */
    @Nullable
    HttpOptions serving() {
        return serving;
    }

    HealthAnswers health() {
        return health;
    }

    static void fill(ChannelPipeline pipeline, HttpOptions options) {
        fill(pipeline, options.limits(), options.security());
        pipeline.addLast(new HttpConnection(options));
    }

    private static void fill(ChannelPipeline pipeline, Limits bounds, Security security) {
        HttpDecoderConfig limits = new HttpDecoderConfig()
                .setMaxInitialLineLength(RequestHead.LINE_BYTES_MAX)
                .setMaxHeaderSize(RequestHead.FIELDS_BYTES_MAX);
        pipeline.addLast(security.pending().newHandler()).addLast(new SlowReader());
        ServerTls tls = security.tls();
        if (tls == null) {
            // A client that says no more still reads: it gets its answers.
            pipeline.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        } else {
            tls.addTo(pipeline);
        }
        pipeline.addLast(new HttpRequestDecoder(limits))
                .addLast(new HttpResponseEncoder())
                .addLast(new SlowRequests())
                .addLast(new RequestHead())
                .addLast(new UnauthenticatedBodies(security))
                .addLast(new BodyLimit(BODY_FACTOR * bounds.frameBytesMax(), BufferBudget.incomplete()))
                .addLast(new FlowControlHandler());
    }

    @Override
    public boolean leads() {
        HttpOptions full = serving;
        return full != null && full.gate().isOpen();
    }

    /** Serves a request that another node got, as if it had come here. */
    @Override
    public ForwardedCall take(byte[] request, ForwardedCall.Ending ending) {
        HttpOptions full = serving;
        if (full == null) {
            ending.unanswered(false, "the broker is starting");
            return ForwardedCall.OVER;
        }
        try {
            return ForwardedChannel.open(full, loops, request, connections, ending);
        } catch (IOException e) {
            ending.unanswered(false, "this is no request: " + e.getMessage());
            return ForwardedCall.OVER;
        }
    }

    public int port() {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    /** See {@link BrokerFacts#config}; once it serves. */
    public void showConfig(String json) {
        HttpOptions full = serving;
        if (full != null) {
            full.facts().config(json);
        }
    }

    /** Applies changed credentials and rules to open connections. Any thread. */
    public void recheckCredentials() {
        for (Channel connection : connections) {
            connection.eventLoop().execute(() -> {
                ChannelHandlerContext context = connection.pipeline().context(HttpConnection.class);
                if (context != null && context.handler() instanceof HttpConnection handler) {
                    handler.recheckCredentials(context);
                }
            });
        }
    }

    /** This machine leads no more: what is under way is not answered. No connection is open when this returns. */
    public void turnAway() {
        connections.close().syncUninterruptibly();
    }

    @Override
    public void close() {
        channel.close().syncUninterruptibly();
        connections.close().syncUninterruptibly();
    }
}
