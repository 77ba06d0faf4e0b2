package io.telpher.broker.net;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.timeout.IdleState;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes the connection of a client that was sent something and takes none of it for too long: 30 to 60 seconds. Tells the handlers behind it when
 * nothing came for 30 seconds.
 */
public final class SlowReader extends IdleStateHandler {
    private static final Logger LOG = LoggerFactory.getLogger(SlowReader.class);
    static final int SECONDS = 30;

    public SlowReader() {
        super(true, SECONDS, SECONDS, 0, TimeUnit.SECONDS);
    }

    @Override
    protected void channelIdle(ChannelHandlerContext context, IdleStateEvent event) {
        if (event.state() == IdleState.READER_IDLE) {
            context.fireUserEventTriggered(event);
            return;
        }
        ChannelOutboundBuffer buffer = context.channel().unsafe().outboundBuffer();
        long unsent = buffer == null ? 0 : buffer.totalPendingWriteBytes();
        // The first event after a write says only that it isn't done yet; from the second on, that nothing of it went.
        if (unsent > 0 && !event.isFirst()) {
            LOG.warn(
                    "TQ-3002 closing the connection of {}: it leaves {} bytes of replies unread",
                    context.channel().remoteAddress(),
                    unsent);
            context.close();
        }
    }
}
