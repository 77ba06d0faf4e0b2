package io.telpher.broker.http;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.telpher.broker.partition.Hints;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;

/** Makes requests whole, and answers those that are too large for it as any other refusal, before their body was read. */
final class BodyLimit extends HttpObjectAggregator {
    BodyLimit(int bytesMax) {
        super(bytesMax, true);
    }

    @Override
    protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
        ErrorCode code = ErrorCode.PAYLOAD_TOO_LARGE;
        Problem problem = new Problem(code, "the body is larger than " + maxContentLength() + " bytes");
        context.writeAndFlush(HttpConnection.response(Answer.problem(code.httpStatus(), problem, 0, Hints.of(code))))
                // What of the body is under way can't be told from the next request.
                .addListener(ChannelFutureListener.CLOSE);
    }
}
