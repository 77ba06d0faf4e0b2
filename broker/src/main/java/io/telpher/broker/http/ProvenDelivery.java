package io.telpher.broker.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import java.util.concurrent.TimeUnit;

/**
 * Leased tasks on their way to a client that has said all, which looks like one that is gone. The last byte follows when a client that is gone would have answered the
 * others with a reset: then it can't be written, and the response was not delivered. Belongs to its connection's event loop.
 */
final class ProvenDelivery {
    /** A reset comes back within a round trip. */
    private static final long PROOF_MS = 200;

    private boolean isUnderWay;

    /** The last byte is still held back, and nothing else may be written. */
    boolean isUnderWay() {
        return isUnderWay;
    }

    /**
     * Returns when the whole response was written, or could not be.
     *
     * @param written run once others may be written again
     */
    ChannelFuture write(ChannelHandlerContext context, FullHttpResponse response, Runnable written) {
        isUnderWay = true;
        ByteBuf body = response.content();
        ChannelPromise whole = context.newPromise();
        context.write(new DefaultHttpResponse(response.protocolVersion(), response.status(), response.headers()));
        context.writeAndFlush(new DefaultHttpContent(body.readRetainedSlice(body.readableBytes() - 1)));
        context.executor()
                .schedule(
                        () -> {
                            isUnderWay = false;
                            context.writeAndFlush(new DefaultLastHttpContent(body), whole);
                            written.run();
                        },
                        PROOF_MS,
                        TimeUnit.MILLISECONDS);
        return whole;
    }
}
