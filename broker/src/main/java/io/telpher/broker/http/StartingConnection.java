package io.telpher.broker.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.ReferenceCountUtil;
import io.telpher.broker.http.call.HealthAnswers;
import io.telpher.broker.http.call.HttpOptions;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.request.RequestTarget;
import io.telpher.broker.net.LingeringClose;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP connection that came while the broker still starts: says how far it is, refuses the rest with 503, and ends with its first answer. When the
 * start is over by the time of its first request, an {@link HttpConnection} takes over.
 */
final class StartingConnection extends SimpleChannelInboundHandler<FullHttpRequest> {
    private final HttpServer server;
    private boolean ended;

    StartingConnection(HttpServer server) {
        super(false);
        this.server = server;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest http) throws Exception {
        HttpOptions serving = server.serving();
        if (serving != null && !ended) {
            takeOver(context, http, new HttpConnection(serving));
            return;
        }
        try {
            if (!ended) {
                ended = true;
                end(context, Responses.of(answer(http), http.method().equals(HttpMethod.HEAD)));
            }
        } finally {
            ReferenceCountUtil.release(http);
        }
    }

    private static void takeOver(ChannelHandlerContext context, FullHttpRequest http, HttpConnection connection)
            throws Exception {
        context.pipeline().addLast(connection).remove(context.handler());
        ChannelHandlerContext next = context.pipeline().context(connection);
        connection.channelActive(next);
        connection.channelRead(next, http);
    }

    private Answer answer(FullHttpRequest http) {
        HealthAnswers health = server.health();
        @Nullable Answer own = null;
        if (http.decoderResult().isSuccess() && OpenPaths.reads(http)) {
            try {
                RequestTarget target = RequestTarget.parse(http.uri());
                own = health.answer(target.path(), target.query());
            } catch (Refusal refusal) {
                own = Answer.of(refusal);
            }
        }
        return own != null ? own : health.starting(false);
    }

    private static void end(ChannelHandlerContext context, FullHttpResponse response) {
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        context.writeAndFlush(response).addListener(sent -> LingeringClose.after(context));
    }
}
