package io.telpher.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleState;
import io.netty.handler.timeout.IdleStateEvent;
import io.telpher.broker.memory.BufferBudget;
import io.telpher.broker.partition.routing.PartitionRouter;
import io.telpher.broker.partition.routing.ReturnedLeases;
import io.telpher.broker.partition.routing.SingleRequest;
import io.telpher.broker.partition.session.ErrorHints;
import io.telpher.broker.partition.session.Rights;
import io.telpher.broker.security.AuditTrail;
import io.telpher.broker.security.Gate;
import io.telpher.broker.security.PendingConnections;
import io.telpher.broker.security.Principal;
import io.telpher.broker.security.Security;
import io.telpher.broker.security.ServerTls;
import io.telpher.protocol.Capabilities;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameValidator;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.record.MessageReader;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.session.GoAway;
import io.telpher.protocol.session.Hello;
import io.telpher.protocol.session.Pong;
import io.telpher.protocol.session.Welcome;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client. Cuts the stream into frames, checks each, answers HELLO, PING and what is malformed itself, and hands runs of commands and
 * queries to the partition as the slices of the read buffer that they are.
 *
 * <p>Not one of Netty's decoders: those copy all that was read for the sake of one frame that two reads share, and go on reading from a socket that is
 * to be left alone.
 */
final class Connection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final int HELLO_SECONDS = 5;
    private static final int TURN_AWAY_SECONDS = 1;
    private static final Problem HELLO_FIRST = new Problem(ErrorCode.BAD_REQUEST, "send HELLO first");

    private final BinaryServer.Options options;
    private final PartitionRouter router;
    private final Channel channel;
    private final Set<Connection> connections;
    private final MessageReader reader = new MessageReader();
    private final AuditTrail trail;
    private final IncompleteFrame incomplete;
    private @Nullable ConnectionSession session;
    private Principal principal = Principal.ANYONE;
    private @Nullable SingleRequest aside;
    private boolean goesAway;
    private final LongFrame tooLong = new LongFrame();
    private final Runnable turn;
    private boolean refused;
    /** Something was left for the partition that it may not have heard of. */
    private boolean hasLeft;

    Connection(BinaryServer.Options options, PartitionRouter router, Channel channel, Set<Connection> connections) {
        this.options = options;
        this.router = router;
        this.turn = router::turn;
        this.channel = channel;
        this.connections = connections;
        this.trail = options.security().trail(channel.remoteAddress(), "tcp");
        this.incomplete = new IncompleteFrame(channel.alloc(), BufferBudget.incomplete());
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        connections.add(this);
        if (connections.size() > options.connectionsMax()) {
            refuse(context, 0, new Problem(ErrorCode.OVERLOADED, "the broker has limits.max_connections connections"));
            return;
        }
        context.executor()
                .schedule(
                        () -> {
                            if (session == null && !refused) {
                                refuse(
                                        context,
                                        0,
                                        new Problem(ErrorCode.BAD_REQUEST, "no HELLO within " + HELLO_SECONDS + " s"));
                            }
                        },
                        HELLO_SECONDS,
                        TimeUnit.SECONDS);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        connections.remove(this);
        trail.ended();
        incomplete.discard();
        if (session != null) {
            router.closed(session);
            options.shares().giveBack(session.principal());
        }
        context.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf read = (ByteBuf) message;
        try {
            while (read.isReadable() && !refused) {
                tooLong.skip(read);
                if (incomplete.isEmpty()) {
                    cut(context, read);
                }
                if (read.isReadable() && !refused) {
                    takeRest(context, read);
                }
            }
        } finally {
            read.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (hasLeft) {
            hasLeft = false;
            // Behind what this loop reads from other sockets in the same round: it goes into one batch, and one sync.
            context.executor().execute(turn);
        }
        context.fireChannelReadComplete();
    }

    /** What is left of a read begins or continues a frame. */
    private void takeRest(ChannelHandlerContext context, ByteBuf read) {
        incomplete.take(read, frameBytesMax());
        if (incomplete.hasLength() && incomplete.frameBytes() > frameBytesMax()) {
            Problem problem = tooLong(incomplete.frameBytes());
            // A client that has not logged in is not waited for, not even for the rest of a header.
            if (session == null) {
                incomplete.discard();
                refuse(context, 0, problem);
            } else if (tooLong.take(incomplete, read)) {
                refuseLong(context, problem);
            }
        } else if (incomplete.isComplete()) {
            boolean isDropped = incomplete.isDropped();
            ByteBuf frame = incomplete.end();
            try {
                if (isDropped) {
                    refuseDropped(context, frame);
                } else {
                    cut(context, frame);
                }
            } finally {
                frame.release();
            }
        }
    }

    private void refuseLong(ChannelHandlerContext context, Problem problem) {
        if (tooLong.skips()) {
            write(context, error(tooLong.requestId(), problem));
        } else {
            refuse(context, tooLong.requestId(), problem);
        }
    }

    /** A frame that is begun and not ended would keep its memory from other clients. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        boolean isSilent = event instanceof IdleStateEvent idle && idle.state() == IdleState.READER_IDLE;
        if (isSilent && !incomplete.isEmpty() && !refused && channel.config().isAutoRead()) {
            refuse(context, 0, new Problem(ErrorCode.BAD_REQUEST, "incomplete frame: no data for 30 s"));
        }
        context.fireUserEventTriggered(event);
    }

    private void refuseDropped(ChannelHandlerContext context, ByteBuf header) {
        int requestId = requestId(header.nioBuffer().order(ByteOrder.LITTLE_ENDIAN), 0, header.readableBytes());
        Problem problem = new Problem(ErrorCode.OVERLOADED, "the broker has no memory left for large requests");
        if (session == null) {
            refuse(context, requestId, problem);
        } else {
            write(context, error(requestId, problem));
        }
    }

    /** Takes the whole frames that {@code in} begins with. */
    private void cut(ChannelHandlerContext context, ByteBuf in) {
        int run = 0;
        ByteBuffer bytes = in.nioBuffer().order(ByteOrder.LITTLE_ENDIAN);
        int offset = 0;
        while (!refused && bytes.limit() - offset >= Frame.LENGTH_BYTES) {
            long frameBytes = Frame.bytes(bytes, offset);
            if (bytes.limit() - offset < frameBytes || frameBytes > frameBytesMax()) {
                break;
            } else if (isForPartition(context, bytes, offset, (int) frameBytes)) {
                run += (int) frameBytes;
            } else {
                handOver(in, run);
                passAside(in.readSlice((int) frameBytes));
                run = 0;
            }
            offset += (int) frameBytes;
        }
        if (!refused) {
            handOver(in, run);
        }
    }

    private int frameBytesMax() {
        return session == null ? Limits.HELLO_BYTES_MAX : options.limits().frameBytesMax();
    }

    private Problem tooLong(long frameBytes) {
        ErrorCode code = session == null ? ErrorCode.BAD_REQUEST : ErrorCode.PAYLOAD_TOO_LARGE;
        return new Problem(code, "a frame of " + frameBytes + " bytes; the limit here is " + frameBytesMax());
    }

    private void handOver(ByteBuf in, int run) {
        ConnectionSession open = session;
        if (open != null && run > 0) {
            router.leave(open, isMostOf(in, run) ? in.readRetainedSlice(run) : in.readBytes(run));
            hasLeft = true;
            open.pauseIfBehind(router);
        }
    }

    /** What goes on under a number of its own, or has the client's reserves end: behind what came before it. */
    private void passAside(ByteBuf frame) {
        if (goesAway) {
            goesAway = false;
            router.drains(Objects.requireNonNull(session));
        }
        SingleRequest request = aside;
        if (request != null) {
            aside = null;
            request.ask(frame.copy());
        }
    }

    /** A slice keeps the whole buffer: of a smaller part a copy is kept, so that no more than twice of what is counted is held. */
    private static boolean isMostOf(ByteBuf in, int run) {
        return 2L * run >= in.capacity();
    }

    /** False when the frame was answered here, or goes {@link #aside}. */
    private boolean isForPartition(ChannelHandlerContext context, ByteBuffer bytes, int offset, int frameBytes) {
        Problem torn = FrameValidator.structure(bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN), offset, frameBytes);
        if (torn != null) {
            refuse(context, requestId(bytes, offset, frameBytes), torn);
            return false;
        }
        Message message = reader.read(bytes, offset);
        MessageType type = message.type();
        Problem problem = message.problem(options.limits());
        switch (type.kind()) {
            case SESSION -> onSessionMessage(context, message, problem);
            case COMMAND, QUERY -> {
                if (session == null) {
                    refuse(context, message.requestId(), HELLO_FIRST);
                } else if (problem != null) {
                    write(context, error(message.requestId(), problem));
                } else {
                    return mayGoOn(context, message, session);
                }
            }
            case REPLY, INTERNAL ->
                refuse(
                        context,
                        message.requestId(),
                        new Problem(ErrorCode.BAD_REQUEST, type + " is not for clients to send"));
        }
        return false;
    }

    /** The gate: the same question as over HTTP. */
    private boolean mayGoOn(ChannelHandlerContext context, Message message, ConnectionSession open) {
        Problem forbidden = Gate.refusal(principal, message);
        if (forbidden == null) {
            AuditTrail.Open noted = trail.asked(principal, message);
            aside = noted == null ? null : new SingleRequest(open, router, noted::replied);
            return noted == null;
        }
        trail.refused(principal, message, forbidden.code());
        write(context, error(message.requestId(), forbidden));
        return false;
    }

    private static int requestId(ByteBuffer bytes, int offset, int frameBytes) {
        return frameBytes >= Frame.HEADER_BYTES ? Frame.requestId(bytes, offset) : 0;
    }

    private void onSessionMessage(ChannelHandlerContext context, Message message, @Nullable Problem problem) {
        if (problem != null) {
            refuse(context, message.requestId(), problem);
            return;
        }
        if (session == null && message.type() != MessageType.HELLO) {
            refuse(context, message.requestId(), HELLO_FIRST);
            return;
        }
        switch (message.type()) {
            case HELLO -> welcome(context, (Hello) message);
            case PING -> write(context, Pong.write(new FrameWriter(), message.requestId()));
            default -> goesAway = ((GoAway) message).drain() == GoAway.Drain.BEGINS;
        }
    }

    private void welcome(ChannelHandlerContext context, Hello hello) {
        if (session != null) {
            refuse(context, hello.requestId(), new Problem(ErrorCode.BAD_REQUEST, "HELLO was already sent"));
        } else if (hello.versionMin() > Frame.VERSION || hello.versionMax() < Frame.VERSION) {
            refuse(
                    context,
                    hello.requestId(),
                    new Problem(
                            ErrorCode.BAD_REQUEST,
                            "the client speaks versions " + hello.versionMin() + " to " + hello.versionMax()
                                    + ", this broker " + Frame.VERSION));
        } else {
            Principal known = options.security().login(hello.token(), ServerTls.session(channel));
            if (known == null) {
                options.security().refusedLogin(channel.remoteAddress(), "tcp", hello.token());
                refuse(
                        context,
                        hello.requestId(),
                        new Problem(ErrorCode.UNAUTHENTICATED, Security.whyUnknown(hello.token())));
            } else {
                open(context, hello, known);
            }
        }
    }

    private void open(ChannelHandlerContext context, Hello hello, Principal known) {
        Problem notLeader = options.gate().refusal();
        if (notLeader != null) {
            refuse(context, hello.requestId(), notLeader);
            return;
        }
        String client = known.countedAs(channel.remoteAddress());
        String tooMany = options.shares().take(client);
        if (tooMany != null) {
            refuse(context, hello.requestId(), new Problem(ErrorCode.OVERLOADED, tooMany));
            return;
        }
        long id = options.sessionIds().getAsLong();
        long now = options.clock().getAsLong();
        ConnectionSession opened = new ConnectionSession(
                id,
                channel,
                client,
                ConnectionSession.Client.of(hello),
                now,
                frames -> ReturnedLeases.giveBack(router, frames));
        principal = known;
        opened.grant(known.rights());
        session = opened;
        PendingConnections.settled(channel);
        write(
                context,
                Welcome.write(
                        new FrameWriter(),
                        hello.requestId(),
                        hello.capabilities() & Capabilities.OWN,
                        options.limits().frameBytesMax(),
                        options.wallClock().getAsLong(),
                        id,
                        options.version()));
    }

    /** Any thread. A token that is known no more ends the connection; one that may do something else holds from here on, also for what waits. */
    void recheckCredentials() {
        channel.eventLoop().execute(() -> {
            ConnectionSession open = session;
            ChannelHandlerContext context = channel.pipeline().context(this);
            if (open == null || refused || context == null) {
                return;
            }
            Principal known = options.security().now(principal, ServerTls.session(channel));
            if (known == principal) {
                return;
            }
            open.grant(known == null ? Rights.NONE : known.rights());
            router.rightsChanged(open);
            if (known == null) {
                refuse(context, 0, new Problem(ErrorCode.UNAUTHENTICATED, Security.REVOKED));
            } else {
                principal = known;
            }
        });
    }

    private static FrameWriter error(int requestId, Problem problem) {
        int retryAfterMs = problem.code().retryable() ? 1_000 : 0;
        return ErrorReply.write(new FrameWriter(), requestId, problem, retryAfterMs, ErrorHints.of(problem.code()));
    }

    private static ChannelFuture write(ChannelHandlerContext context, FrameWriter frame) {
        return context.writeAndFlush(Unpooled.wrappedBuffer(frame.written()));
    }

    /** After this the two sides no longer agree where frames start, or should not talk: answer, then close. */
    private void refuse(ChannelHandlerContext context, int requestId, Problem problem) {
        refused = true;
        LOG.debug("{} refused: {}", channel.remoteAddress(), problem.message());
        SslHandler tls = context.pipeline().get(SslHandler.class);
        if (tls != null && !tls.handshakeFuture().isSuccess()) {
            context.close(); // there is no way yet to tell it anything
            return;
        }
        write(context, error(requestId, problem)).addListener(sent -> LingeringClose.after(context));
    }

    void goAway() {
        FrameWriter frame = GoAway.write(new FrameWriter(), 0, ErrorCode.DRAINING, "the broker is stopping");
        channel.writeAndFlush(Unpooled.wrappedBuffer(frame.written()));
    }

    /** Requests without a reply stay so: whether they took effect, the next leader knows. */
    ChannelFuture turnAway(Problem notLeader) {
        FrameWriter frame = GoAway.write(new FrameWriter(), 0, notLeader.code(), notLeader.message());
        channel.writeAndFlush(Unpooled.wrappedBuffer(frame.written())).addListener(sent -> channel.close());
        // A client that reads nothing is not waited for.
        channel.eventLoop().schedule(() -> channel.close(), TURN_AWAY_SECONDS, TimeUnit.SECONDS);
        return channel.closeFuture();
    }

    ChannelFuture close() {
        return channel.close();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (session != null) {
            session.readOrNot();
        }
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        boolean isTls = cause instanceof DecoderException && cause.getCause() instanceof SSLException;
        if (cause instanceof java.io.IOException || isTls) {
            LOG.debug("{} is gone: {}", channel.remoteAddress(), cause.getMessage());
        } else {
            LOG.error(
                    "TQ-3001 closing the connection of {} after an error of the broker's own",
                    channel.remoteAddress(),
                    cause);
        }
        context.close();
    }
}
