package io.telpher.broker.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.telpher.broker.cluster.forward.ForwardedCall;
import io.telpher.broker.http.call.ForwardedMessage;
import io.telpher.broker.http.call.HttpOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A connection for one request that another node has handed to this one: no socket, but all that an HTTP connection does. Its far end is the caller's, as that node says. What is
 * written counts as sent when the caller has it: until then it stays in the channel's buffer, and fails with the channel.
 */
final class ForwardedChannel extends AbstractChannel implements ForwardedCall {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false);

    private final DefaultChannelConfig config = new DefaultChannelConfig(this);
    private final InetSocketAddress from;
    private final Ending ending;
    private boolean isAnswered;
    private boolean isDelivered;
    private volatile boolean isClosed;

    private ForwardedChannel(InetSocketAddress from, Ending ending) {
        super(null);
        this.from = from;
        this.ending = ending;
    }

    /**
     * Begins to serve a request.
     *
     * @param message see {@link ForwardedMessage}
     * @param open gets it before it asks for anything: what closes all of these misses none that was let in before
     */
    static ForwardedChannel open(
            HttpOptions options, EventLoopGroup loops, byte[] message, ChannelGroup open, Ending ending)
            throws IOException {
        FullHttpRequest request = ForwardedMessage.request(message);
        ForwardedChannel channel = new ForwardedChannel(ForwardedMessage.from(message), ending);
        channel.pipeline().addLast(HttpConnection.forwarded(options));
        loops.register(channel).addListener(registered -> {
            if (registered.isSuccess()) {
                open.add(channel);
                channel.pipeline().fireChannelRead(request);
            } else {
                ending.unanswered(false, String.valueOf(registered.cause()));
            }
        });
        return channel;
    }

    // ---- what the other node says of the caller; any thread

    @Override
    public void saidAll() {
        eventLoop().execute(() -> pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE));
    }

    @Override
    public void delivered() {
        eventLoop().execute(() -> {
            isDelivered = true;
            unsafe().flush();
            close();
        });
    }

    @Override
    public void gone() {
        close();
    }

    // ---- a channel

    @Override
    protected void doWrite(ChannelOutboundBuffer written) throws Exception {
        if (isDelivered) {
            while (written.current() != null) {
                written.remove();
            }
        } else if (!isAnswered) {
            answer(written);
        }
    }

    /** When all of it is written. */
    private void answer(ChannelOutboundBuffer written) throws Exception {
        Parts parts = new Parts();
        try {
            written.forEachFlushedMessage(parts::add);
            HttpResponse head = parts.head;
            if (head != null && parts.isWhole) {
                isAnswered = true;
                ending.answered(ForwardedMessage.answer(head, parts.body));
            }
        } finally {
            parts.body.release();
        }
    }

    private static final class Parts {
        private final CompositeByteBuf body = Unpooled.compositeBuffer();
        private @Nullable HttpResponse head;
        private boolean isWhole;

        boolean add(Object message) {
            if (message instanceof HttpResponse response) {
                head = response;
            }
            if (message instanceof HttpContent part) {
                ByteBuf content = part.content();
                body.addComponent(true, content.retainedDuplicate());
            }
            isWhole = message instanceof LastHttpContent;
            return true;
        }
    }

    @Override
    protected void doClose() {
        isClosed = true;
        if (!isAnswered) {
            isAnswered = true;
            ending.unanswered(true, "the node that leads gave it up; it may lead no more");
        }
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected SocketAddress localAddress0() {
        return from; // there is none; who asks looks at the far end
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return from;
    }

    @Override
    protected void doBind(SocketAddress address) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    protected void doBeginRead() {
        // Its one request is handed to it.
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return !isClosed;
    }

    @Override
    public boolean isActive() {
        return !isClosed && isRegistered();
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new AbstractUnsafe() {
            @Override
            public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
                promise.setFailure(new UnsupportedOperationException());
            }
        };
    }
}
