package io.telpher.broker.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.ReferenceCountUtil;
import io.telpher.broker.partition.Hints;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes requests whole, and answers those that are too large for it as any other refusal, before their body was read. The connection ends with
 * that: what of the body is under way can't be told from the next request. It isn't closed at once, or the kernel would answer the bytes still
 * coming with a reset, and the client might never see why.
 */
final class BodyLimit extends HttpObjectAggregator {
    private static final long LINGER_SECONDS = 5;

    private boolean tooLarge;

    BodyLimit(int bytesMax) {
        super(bytesMax, true);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (tooLarge) {
            ReferenceCountUtil.release(message);
        } else {
            super.channelRead(context, message);
        }
    }

    @Override
    protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
        tooLarge = true;
        FullHttpResponse response = refusal();
        context.writeAndFlush(response).addListener(written -> {
            if (context.channel() instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
            }
            context.executor().schedule(() -> context.close(), LINGER_SECONDS, TimeUnit.SECONDS);
        });
    }

    /** To a client that asks before it sends its body. */
    @Override
    protected @Nullable Object newContinueResponse(HttpMessage start, int bytesMax, ChannelPipeline pipeline) {
        Object response = super.newContinueResponse(start, bytesMax, pipeline);
        boolean isTooLarge = response instanceof HttpResponse refused
                && refused.status().equals(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE);
        return isTooLarge ? refusal() : response;
    }

    private FullHttpResponse refusal() {
        ErrorCode code = ErrorCode.PAYLOAD_TOO_LARGE;
        Problem problem = new Problem(code, "the body is larger than " + maxContentLength() + " bytes");
        FullHttpResponse response =
                HttpConnection.response(Answer.problem(code.httpStatus(), problem, 0, Hints.of(code)));
        HttpUtil.setKeepAlive(response, false);
        return response;
    }
}
