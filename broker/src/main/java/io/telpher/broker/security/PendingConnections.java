package io.telpher.broker.security;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the connections of each address, on both ports, that are not authenticated yet, and closes those beyond the limit: a client that
 * only opens connections must not use up what others need.
 */
public final class PendingConnections {
    private static final Logger LOG = LoggerFactory.getLogger(PendingConnections.class);

    private final int perAddressMax;
    private final ConcurrentHashMap<InetAddress, Integer> counts = new ConcurrentHashMap<>();
    private final AtomicLong refused = new AtomicLong();

    PendingConnections(int perAddressMax) {
        this.perAddressMax = perAddressMax;
    }

    /** For the front of a new connection's pipeline. */
    public ChannelInboundHandlerAdapter newHandler() {
        return new Pending();
    }

    /** The connection has said who it is: it no longer counts. */
    public static void settled(Channel channel) {
        Pending pending = channel.pipeline().get(Pending.class);
        if (pending != null) {
            channel.pipeline().remove(pending);
        }
    }

    /** Closed since the start because there were too many. */
    public long refusedCount() {
        return refused.get();
    }

    private final class Pending extends ChannelInboundHandlerAdapter {
        private InetAddress address = InetAddress.getLoopbackAddress();

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            if (context.channel().remoteAddress() instanceof InetSocketAddress remote) {
                address = remote.getAddress();
            }
            if (counts.merge(address, 1, Integer::sum) > perAddressMax) {
                refused.incrementAndGet();
                LOG.debug("{} has too many connections without a login; closing one", address);
                context.channel().eventLoop().execute(context::close);
            }
        }

        /** Also when the connection is closed. */
        @Override
        public void handlerRemoved(ChannelHandlerContext context) {
            counts.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
        }
    }
}
