package io.telpher.broker.http.request;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.memory.BufferRoom;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Makes requests whole, and has those that are too large for it, or that there is no memory for now, answered as any other refusal, before their
 * body was read and after the requests before it. The connection ends with that: what of the body is under way can't be told from the next request.
 */
public final class BodyLimit extends HttpObjectAggregator {
    private final BufferRoom room;
    private HttpMethod method = HttpMethod.POST;
    private long taken;
    private boolean refused;

    /** @param room for bodies whose end has not come, of all connections */
    public BodyLimit(int bytesMax, BufferRoom room) {
        super(bytesMax, true);
        this.room = room;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (message instanceof HttpRequest head) {
            method = head.method();
        }
        int bytes = message instanceof HttpContent part ? part.content().readableBytes() : 0;
        if (refused) {
            ReferenceCountUtil.release(message);
        } else if (!room.take(bytes)) {
            ReferenceCountUtil.release(message);
            releaseCurrentMessage();
            giveBack();
            refuse(context, Overload.noMemory());
        } else {
            taken += bytes;
            super.channelRead(context, message);
            if (message instanceof LastHttpContent) {
                giveBack();
            }
        }
    }

    private void giveBack() {
        room.giveBack(taken);
        taken = 0;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) throws Exception {
        giveBack();
        super.handlerRemoved(context);
    }

    private void refuse(ChannelHandlerContext context, Problem problem) {
        refused = true;
        context.fireChannelRead(RequestHead.refused(method, new Refusal(problem)));
    }

    @Override
    protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
        refuse(
                context,
                new Problem(ErrorCode.PAYLOAD_TOO_LARGE, "the body is larger than " + maxContentLength() + " bytes"));
    }

    /** To a client that asks before it sends its body; null: it need not send it. */
    @Override
    protected @Nullable Object newContinueResponse(HttpMessage start, int bytesMax, ChannelPipeline pipeline) {
        return isContentLengthInvalid(start, bytesMax) ? null : super.newContinueResponse(start, bytesMax, pipeline);
    }
}
