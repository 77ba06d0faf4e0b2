package io.telpher.broker.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.telpher.broker.security.Security;

/**
 * Keeps no body of an unauthenticated request in memory: the request goes on without it, to be answered 401 in its turn, and the body is
 * read and dropped. A long body ends the connection.
 */
final class UnauthenticatedBodies extends ChannelInboundHandlerAdapter {
    private static final int DROPPED_BYTES_MAX = 1 << 20;

    private final Security security;
    private boolean dropping;
    private int dropped;

    UnauthenticatedBodies(Security security) {
        this.security = security;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest head) {
            dropping = Authentication.of(head, context.channel(), security) == null
                    && !(message instanceof FullHttpRequest);
            dropped = 0;
            context.fireChannelRead(dropping ? withoutBody(head) : message);
        } else if (dropping && message instanceof HttpContent content) {
            drop(context, content);
        } else {
            context.fireChannelRead(message);
        }
    }

    private void drop(ChannelHandlerContext context, HttpContent content) {
        dropped += content.content().readableBytes();
        dropping = !(content instanceof LastHttpContent);
        ReferenceCountUtil.release(content);
        if (dropped > DROPPED_BYTES_MAX) {
            context.close();
        }
    }

    private static FullHttpRequest withoutBody(HttpRequest head) {
        FullHttpRequest request = new DefaultFullHttpRequest(head.protocolVersion(), head.method(), head.uri());
        request.headers()
                .set(head.headers())
                .remove(HttpHeaderNames.CONTENT_LENGTH)
                .remove(HttpHeaderNames.TRANSFER_ENCODING)
                .remove(HttpHeaderNames.EXPECT);
        request.setDecoderResult(head.decoderResult());
        return request;
    }
}
