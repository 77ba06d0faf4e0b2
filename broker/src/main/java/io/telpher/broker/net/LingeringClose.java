package io.telpher.broker.net;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.TimeUnit;

/**
 * Ends a connection after its last answer: says the end and hears the client out for a while. A socket closed with bytes unread resets the
 * connection, and with it goes the answer that the client has not read yet.
 */
public final class LingeringClose {
    private static final int LINGER_SECONDS = 2;

    private LingeringClose() {}

    /** On the connection's event loop, when the answer is written. */
    public static void after(ChannelHandlerContext context) {
        boolean isEncrypted = context.pipeline().get(SslHandler.class) != null;
        if (!isEncrypted && context.channel() instanceof DuplexChannel socket) {
            socket.config().setAutoRead(true);
            socket.shutdownOutput();
            context.executor().schedule(() -> context.close(), LINGER_SECONDS, TimeUnit.SECONDS);
        } else {
            context.close();
        }
    }
}
