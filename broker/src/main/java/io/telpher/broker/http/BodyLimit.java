package io.telpher.broker.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Makes requests whole, and has those that are too large for it answered as any other refusal, before their body was read and after the
 * requests before it. The connection ends with that: what of the body is under way can't be told from the next request.
 */
final class BodyLimit extends HttpObjectAggregator {
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
        HttpMethod method = oversized instanceof HttpRequest request ? request.method() : HttpMethod.POST;
        Problem problem =
                new Problem(ErrorCode.PAYLOAD_TOO_LARGE, "the body is larger than " + maxContentLength() + " bytes");
        context.fireChannelRead(RequestHead.refused(method, new Refusal(problem)));
    }

    /** To a client that asks before it sends its body; null: it need not send it. */
    @Override
    protected @Nullable Object newContinueResponse(HttpMessage start, int bytesMax, ChannelPipeline pipeline) {
        return isContentLengthInvalid(start, bytesMax) ? null : super.newContinueResponse(start, bytesMax, pipeline);
    }
}
