package io.telpher.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
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

/** Cuts what the broker sends into frames and gives each to its receiver, as a copy that outlives the read buffer. */
final class LinkHandler extends ByteToMessageDecoder {
    private static final System.Logger LOG = System.getLogger(LinkHandler.class.getName());

    /** A reply may hold a thousand payloads; a length beyond this is a lie. */
    private static final long FRAME_BYTES_MAX = 1L << 30;

    /** Whose connection it is. Called on the event loop. */
    interface Receiver {
        /** HELLO can be sent. */
        void onActive(Channel open);

        void onWelcome(int brokersFrameBytesMax);

        /** The broker refused HELLO: trying again would not help. */
        void onRefused(TelpherException refusal);

        /** This node of a cluster does not lead, or no more; it closes the connection. */
        void onNotLeader(String text);

        /** @throws IllegalStateException when it is no answer to that request */
        void onReply(int requestId, ByteBuffer frame);

        /** A frame that answers no request. */
        void onPush(ByteBuffer frame);

        /** Bytes, whatever they are. */
        void onRead();

        /** What came makes no sense; the connection is closed because of it. */
        void onNonsense(String what);

        /** The connection is closed because of TLS. */
        void onTlsFailure(String what);

        /** The connection is closed because of TLS, and another one to this address would fare no better. */
        void onHopeless(String why);

        void onInactive();
    }

    private final Receiver receiver;
    private boolean hangingUp;

    LinkHandler(Receiver receiver) {
        this.receiver = receiver;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (context.pipeline().get(SslHandler.class) == null) {
            receiver.onActive(context.channel());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                receiver.onActive(context.channel());
            } else {
                onTlsFailure(handshake.cause());
            }
        }
        context.fireUserEventTriggered(event);
    }

    private void onTlsFailure(Throwable cause) {
        String lasting = Tls.lastingFailure(cause);
        if (lasting != null) {
            receiver.onHopeless(lasting);
        } else {
            receiver.onTlsFailure(String.valueOf(cause.getMessage()));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        try {
            super.channelInactive(context);
        } finally {
            receiver.onInactive(); // or requests would wait for good, and no new connection be made
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) throws Exception {
        receiver.onRead();
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
            receiver.onWelcome(new Welcome().wrap(frame, 0).frameBytesMax());
        } else if (requestId != 0) {
            receiver.onReply(requestId, frame);
        } else if (type == MessageType.ERROR.code()) {
            ErrorReply refusal = new ErrorReply().wrap(frame, 0);
            if (refusal.code() == ErrorCode.NOT_LEADER) {
                receiver.onNotLeader(refusal.message());
            } else {
                receiver.onRefused(TelpherException.of(refusal));
            }
        } else {
            if (type == MessageType.GOAWAY.code()) {
                GoAway goAway = new GoAway().wrap(frame, 0);
                if (goAway.code() == ErrorCode.NOT_LEADER.code()) {
                    receiver.onNotLeader(goAway.reason());
                }
            }
            receiver.onPush(frame);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.log(System.Logger.Level.DEBUG, "closing the connection", cause);
        hangingUp = true;
        if (cause instanceof DecoderException && cause.getCause() instanceof IllegalStateException nonsense) {
            receiver.onNonsense(String.valueOf(nonsense.getMessage()));
        } else if (cause instanceof DecoderException && cause.getCause() instanceof SSLException late) {
            onTlsFailure(late); // with TLS 1.3 a refused certificate shows behind the handshake
        }
        context.close();
    }
}
