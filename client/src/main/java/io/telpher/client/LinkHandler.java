package io.telpher.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameValidator;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.session.GoAway;
import io.telpher.protocol.session.Welcome;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import javax.net.ssl.SSLException;

/** Cuts what the broker sends into frames and gives each to the link, as a copy that outlives the read buffer. */
final class LinkHandler extends ByteToMessageDecoder {
    private static final System.Logger LOG = System.getLogger(LinkHandler.class.getName());

    /** A reply may hold a thousand payloads; a length beyond this is a lie. */
    private static final long FRAME_BYTES_MAX = 1L << 30;

    private final Link link;
    private boolean hangingUp;

    LinkHandler(Link link) {
        this.link = link;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (context.pipeline().get(SslHandler.class) == null) {
            link.onActive(context.channel());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                link.onActive(context.channel());
            } else {
                onTlsFailure(handshake.cause());
            }
        }
        context.fireUserEventTriggered(event);
    }

    private void onTlsFailure(Throwable cause) {
        String lasting = Tls.lastingFailure(cause);
        if (lasting != null) {
            link.onHopeless(lasting);
        } else {
            link.onNonsense("TLS: " + cause.getMessage());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        try {
            super.channelInactive(context);
        } finally {
            link.onInactive(); // or requests would wait for good, and no new connection be made
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) throws Exception {
        link.onRead();
        super.channelRead(context, bytes);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (hangingUp) {
            in.skipBytes(in.readableBytes()); // after nonsense nothing is to be believed
            return;
        }
        while (in.readableBytes() >= Frame.LENGTH_BYTES) {
            long bytes = Frame.LENGTH_BYTES + in.getUnsignedIntLE(in.readerIndex());
            if (bytes > FRAME_BYTES_MAX) {
                throw new IllegalStateException("the broker announced a frame of " + bytes + " bytes");
            }
            if (in.readableBytes() < bytes) {
                return;
            }
            byte[] copy = new byte[(int) bytes];
            in.readBytes(copy);
            onFrame(ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN));
        }
    }

    private void onFrame(ByteBuffer frame) {
        Problem torn = FrameValidator.structure(frame, 0, frame.limit());
        if (torn != null) {
            throw new IllegalStateException("the broker sent a malformed frame: " + torn.message());
        }
        int type = Frame.typeCode(frame, 0);
        MessageType.Kind kind = MessageType.known(type).kind();
        if (kind != MessageType.Kind.REPLY && kind != MessageType.Kind.SESSION) {
            throw new IllegalStateException("the broker sent " + MessageType.known(type) + ", which is not a reply");
        }
        int requestId = Frame.requestId(frame, 0);
        if (type == MessageType.WELCOME.code()) {
            link.onWelcome(new Welcome().wrap(frame, 0).frameBytesMax());
        } else if (requestId != 0) {
            link.onReply(requestId, frame);
        } else if (type == MessageType.ERROR.code()) {
            ErrorReply refusal = new ErrorReply().wrap(frame, 0);
            if (refusal.code() == ErrorCode.NOT_LEADER) {
                link.onNotLeader(refusal.message());
            } else {
                link.onRefused(TelpherException.of(refusal));
            }
        } else {
            if (type == MessageType.GOAWAY.code()) {
                GoAway goAway = new GoAway().wrap(frame, 0);
                if (goAway.code() == ErrorCode.NOT_LEADER.code()) {
                    link.onNotLeader(goAway.reason());
                }
            }
            link.onPush(frame);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.log(System.Logger.Level.DEBUG, "closing the connection", cause);
        hangingUp = true;
        if (cause instanceof DecoderException && cause.getCause() instanceof IllegalStateException nonsense) {
            LOG.log(System.Logger.Level.WARNING, "connecting anew: {0}", nonsense.getMessage());
            link.onNonsense(String.valueOf(nonsense.getMessage()));
        } else if (cause instanceof DecoderException && cause.getCause() instanceof SSLException late) {
            onTlsFailure(late); // with TLS 1.3 a refused certificate shows behind the handshake
        }
        context.close();
    }
}
