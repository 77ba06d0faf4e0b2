package io.telpher.broker.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.telpher.broker.http.call.BrokerCall;
import io.telpher.broker.http.call.Forwarder;
import io.telpher.broker.http.call.HttpOptions;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.ContentChecks;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.json.TaskJson;
import io.telpher.broker.http.json.Utf8Text;
import io.telpher.broker.http.live.EventFilter;
import io.telpher.broker.http.live.EventStream;
import io.telpher.broker.http.request.ApiRequest;
import io.telpher.broker.http.request.Overload;
import io.telpher.broker.http.request.RequestHead;
import io.telpher.broker.http.request.RequestTarget;
import io.telpher.broker.http.request.SameSite;
import io.telpher.broker.http.request.TraceContext;
import io.telpher.broker.http.route.ClusterRoutes;
import io.telpher.broker.http.route.Router;
import io.telpher.broker.net.LingeringClose;
import io.telpher.broker.partition.routing.ReturnedLeases;
import io.telpher.broker.partition.routing.SingleRequest;
import io.telpher.broker.security.AuditTrail;
import io.telpher.broker.security.Gate;
import io.telpher.broker.security.PendingConnections;
import io.telpher.broker.security.Principal;
import io.telpher.broker.security.ServerTls;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.Role;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.record.MessageReader;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One HTTP connection. Requests may be pipelined; responses leave in their order. */
final class HttpConnection extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);

    /** Requests without a response yet; beyond it the socket is left unread. */
    static final int PIPELINED_MAX = 16;

    private static final int STREAM_SEND_BYTES = 64 << 10;

    private static final String EVENTS_TYPE = "text/event-stream; charset=utf-8";
    private static final List<String> CHANGE_TYPES = List.of(TaskJson.JSON_TYPE);
    private static final List<String> READ_TYPES =
            List.of(TaskJson.JSON_TYPE, "application/x-ndjson", "text/event-stream");
    private static final String RESERVE = "reserve";

    private final HttpOptions options;
    private final OpenPaths open;
    private final boolean isForwarded;
    private boolean streams;
    private final Deque<Exchange> exchanges = new ArrayDeque<>();
    private final MessageReader reader = new MessageReader();
    private final FrameWriter writer = new FrameWriter();
    private final CallerSessions sessions;
    private @Nullable AuditTrail trail;
    private @Nullable Principal streamReader;
    private int requestIds;
    private boolean ending;
    private boolean hasSaidAll;
    private final ProvenDelivery proven = new ProvenDelivery();
    private @Nullable ChannelFuture lastWritten;

    HttpConnection(HttpOptions options) {
        this(options, false);
    }

    private HttpConnection(HttpOptions options, boolean isForwarded) {
        this.options = options;
        this.open = new OpenPaths(options.health());
        this.isForwarded = isForwarded;
        this.sessions = new CallerSessions(options, this::replied);
    }

    /** Of a request that another node has handed to this one, whose own answers it does not want. */
    static HttpConnection forwarded(HttpOptions options) {
        return new HttpConnection(options, true);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (trail != null) {
            trail.ended();
        }
        exchanges.forEach(exchange -> {
            ReturnedLeases.giveBack(options.router(), exchange.releases);
            if (exchange.forwarded != null) {
                exchange.forwarded.gone();
            }
        });
        exchanges.clear();
        sessions.close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            saidAll(context);
        }
        context.fireUserEventTriggered(event);
    }

    /**
     * The client sends no more, or is gone: that looks alike. What it asked for is answered, but it waits for no tasks any longer, lest they are leased to
     * those who are gone.
     */
    private void saidAll(ChannelHandlerContext context) {
        hasSaidAll = true;
        if (streams) {
            context.close();
            return;
        }
        for (Exchange exchange : exchanges) {
            HttpSession session = sessions.find(exchange.caller);
            if (exchange.reserves && exchange.answer == null && session != null) {
                options.router().withdraw(session, exchange.requestId);
            }
            if (exchange.forwarded != null && exchange.answer == null) {
                exchange.forwarded.saidAll();
            }
        }
        closeIfDone(context);
    }

    private void closeIfDone(ChannelHandlerContext context) {
        if (!hasSaidAll || !exchanges.isEmpty() || proven.isUnderWay()) {
            return;
        }
        if (lastWritten == null) {
            context.close();
        } else {
            lastWritten.addListener(sent -> context.close());
        }
    }

    private AuditTrail trail(ChannelHandlerContext context) {
        AuditTrail made = trail;
        if (made == null) {
            made = options.security().trail(context.channel().remoteAddress(), "http");
            trail = made;
        }
        return made;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest http) {
        if (streams) {
            context.close(); // the response to what came before never ends
            return;
        }
        if (ending) {
            return; // nothing counts behind the last request
        }
        Exchange exchange = new Exchange(++requestIds, http);
        exchanges.add(exchange);
        ending = !exchange.keepAlive;
        try {
            RequestHead.requireDecoded(http);
            answerOrAsk(context, http, exchange);
        } catch (Refusal refusal) {
            exchange.answer = Answer.of(refusal);
        }
        writeAnswered(context);
    }

    private void answerOrAsk(ChannelHandlerContext context, FullHttpRequest http, Exchange exchange) throws Refusal {
        RequestTarget target = RequestTarget.parse(http.uri());
        exchange.path = target.path();
        exchange.answer = open.answer(http, target);
        if (exchange.answer != null) {
            return;
        }
        SameSite.require(http, context.channel().localAddress(), options.security());
        exchange.caller = Authentication.require(
                http, context.channel(), options.security(), target.path().equals(OpenPaths.METRICS));
        PendingConnections.settled(context.channel());
        ContentChecks.requirePlain(http);
        ContentChecks.requireJson(http);
        exchange.answer = SecurityRoutes.answer(exchange.caller, request(http, target), options.security());
        if (exchange.answer != null) {
            return;
        }
        exchange.mayBeStale = StaleRead.isWanted(http, target);
        Problem notLeader = options.gate().refusal();
        if (OpenPaths.reads(http) && target.path().equals(OpenPaths.METRICS)) {
            ask(
                    context,
                    exchange,
                    notLeader == null
                            ? options.metrics().scrape()
                            : options.metrics().scrapeOwn());
        } else {
            ContentChecks.requireAcceptable(http, OpenPaths.reads(http) ? READ_TYPES : CHANGE_TYPES);
            boolean isLocal = ClusterRoutes.isLocal(target.path());
            if (isForwarded && isLocal) {
                throw Refusal.bad("each node answers this by itself");
            }
            if (notLeader == null || isLocal || exchange.mayBeStale) {
                ask(context, exchange, Router.call(request(http, target)));
            } else {
                forward(context, http, exchange, notLeader);
            }
        }
    }

    private void forward(ChannelHandlerContext context, FullHttpRequest http, Exchange exchange, Problem notLeader)
            throws Refusal {
        Forwarder forwarder = options.forwarder();
        if (isForwarded || forwarder == null) {
            throw new Refusal(notLeader);
        }
        if (options.security().asks() && Authentication.token(http).isEmpty()) {
            throw new Refusal(
                    notLeader.code().httpStatus(),
                    notLeader.code(),
                    notLeader.message(),
                    "a certificate is shown to the node that leads itself: ask that one, or send a token");
        }
        exchange.reserves = exchange.path.get(exchange.path.size() - 1).equals(RESERVE);
        exchange.forwarded = forwarder.forward(
                context, http, exchange.caller.countedAs(context.channel().remoteAddress()), options.gate(), answer -> {
                    exchange.answer = answer;
                    writeAnswered(context);
                });
    }

    /** On the event loop. Neither what waits nor a stream of events outlives its caller's rights. */
    void recheckCredentials(ChannelHandlerContext context) {
        sessions.recheck(context.channel());
        exchanges.forEach(exchange -> refuseUnknown(context, exchange));
        if (streamReader != null) {
            recheckReader(context, streamReader);
        }
        writeAnswered(context);
    }

    private @Nullable Principal known(ChannelHandlerContext context, Principal earlier) {
        return options.security().now(earlier, ServerTls.session(context.channel()));
    }

    /** True when the caller is known no more, and this is the answer now. */
    private boolean refuseUnknown(ChannelHandlerContext context, Exchange exchange) {
        boolean isUnknown = exchange.call != null && !exchange.changes && known(context, exchange.caller) == null;
        if (isUnknown) {
            exchange.answer = Answer.of(Authentication.revoked());
            exchange.call = null; // nor does a stream begin
            ReturnedLeases.giveBack(options.router(), exchange.releases); // granted, and still unsaid
            exchange.releases = Exchange.NO_RELEASES;
        }
        return isUnknown;
    }

    /** The stream ends with an event that says why, since its status was sent long ago. */
    private void recheckReader(ChannelHandlerContext context, Principal reader) {
        Principal known = known(context, reader);
        if (known == null || !known.isEverywhere(Role.READ)) {
            streamReader = null;
            EventStream.refuse(context.channel(), known == null ? ErrorCode.UNAUTHENTICATED : ErrorCode.FORBIDDEN);
        }
    }

    private static ApiRequest request(FullHttpRequest http, RequestTarget target) throws Refusal {
        return new ApiRequest(
                http.method().name(),
                target.path(),
                target.query(),
                ByteBufUtil.getBytes(http.content()),
                Utf8Text.header("Idempotency-Key", http.headers().get("Idempotency-Key", "")),
                http.headers().get(TraceContext.HEADER, ""));
    }

    private void ask(ChannelHandlerContext context, Exchange exchange, BrokerCall call) throws Refusal {
        if (call.events() != null || call.local() != null) {
            // It passes no gate as a message, and is about more than one queue.
            Authentication.requireReadEverywhere(exchange.caller);
        }
        exchange.call = call; // not before: a refused stream must not begin
        exchange.changes = false;
        if (call.events() != null) {
            exchange.answer = Answer.NONE;
            return;
        }
        if (call.local() != null) {
            exchange.answer = call.change() == null
                    ? call.local().answer(options)
                    : change(trail(context), exchange.caller, call.change(), call.local());
            return;
        }
        ByteBuffer frame =
                call.frame().write(writer.clear(), exchange.requestId).written();
        if (frame.limit() > options.limits().frameBytesMax()) {
            throw new Refusal(new Problem(ErrorCode.PAYLOAD_TOO_LARGE, "the request is larger than a frame may be"));
        }
        Message message = reader.read(frame, 0);
        Problem problem = message.problem(options.limits());
        if (problem != null) {
            throw new Refusal(problem);
        }
        passGate(context, exchange.caller, message);
        exchange.changes = !message.type().isRead();
        Overload.requireRoom(options.router(), message);
        HttpSession session = sessions.of(context, exchange.caller);
        exchange.reserves = message.type() == MessageType.RESERVE;
        if (call.program() != null) {
            session.program(call.program());
        }
        if (exchange.mayBeStale) {
            askAnyCopy(exchange, session, frame);
            return;
        }
        AuditTrail.Open noted = trail(context).asked(exchange.caller, message);
        ByteBuf copy = Unpooled.copiedBuffer(frame);
        if (noted == null) {
            options.router().receive(session, copy);
        } else {
            new SingleRequest(session, options.router(), noted::replied).ask(copy);
        }
    }

    /** It changes nothing, and only shows what a reader may see: the audit log has no word for it. */
    private void askAnyCopy(Exchange exchange, HttpSession session, ByteBuffer frame) throws Refusal {
        if (exchange.stale == null) {
            exchange.stale = StaleRead.of(options); // of the first page, which is the oldest
        }
        Problem problem = options.router().receiveStale(session, Unpooled.copiedBuffer(frame));
        if (problem != null) {
            throw new Refusal(problem);
        }
    }

    /** No message, which the gate would judge and the trail would note. */
    private Answer change(AuditTrail noted, Principal caller, BrokerCall.Change change, BrokerCall.Local local)
            throws Refusal {
        try {
            Authentication.requireAdminEverywhere(caller);
            Answer answer = local.answer(options);
            noted.done(caller, change.action(), change.target(), "OK");
            return answer;
        } catch (Refusal e) {
            noted.done(
                    caller, change.action(), change.target(), e.problem().code().name());
            throw e;
        }
    }

    /** The gate: the same question as on the binary protocol. */
    private void passGate(ChannelHandlerContext context, Principal caller, Message message) throws Refusal {
        Problem forbidden = Gate.refusal(caller, message);
        if (forbidden != null) {
            trail(context).refused(caller, message, forbidden.code());
            throw new Refusal(forbidden);
        }
    }

    private void replied(ChannelHandlerContext context, ByteBuffer frame) {
        int requestId = Frame.requestId(frame, 0);
        byte[] releases = ReturnedLeases.releases(frame);
        boolean isAwaited = false;
        for (Exchange exchange : exchanges) {
            if (exchange.call != null && exchange.awaits(requestId) && !refuseUnknown(context, exchange)) {
                isAwaited = true;
                exchange.releases = releases;
                exchange.answer = answer(context, exchange, exchange.call, frame);
            }
        }
        if (!isAwaited) {
            ReturnedLeases.giveBack(options.router(), releases);
        }
        writeAnswered(context);
    }

    private @Nullable Answer answer(
            ChannelHandlerContext context, Exchange exchange, BrokerCall call, ByteBuffer frame) {
        if (Frame.typeCode(frame, 0) == MessageType.ERROR.code()) {
            return Answer.refused(frame);
        }
        BrokerCall next = call.next() == null ? null : call.next().after(frame);
        if (next == null) {
            return call.render().apply(frame);
        }
        Principal known = known(context, exchange.caller);
        try {
            if (known == null) {
                throw Authentication.revoked();
            }
            exchange.caller = known;
            ask(context, exchange, next);
            return exchange.answer; // null while the partition is asked
        } catch (Refusal refusal) {
            return Answer.of(refusal);
        }
    }

    private void writeAnswered(ChannelHandlerContext context) {
        Exchange first = exchanges.peek();
        while (first != null && first.answer != null && !proven.isUnderWay()) {
            exchanges.remove();
            EventFilter events = first.call == null ? null : first.call.events();
            if (events == null) {
                write(context, first, first.answer);
            } else {
                stream(context, first, events);
            }
            first = exchanges.peek();
        }
        context.flush();
        readOn(context);
        closeIfDone(context);
    }

    /** From here on this connection is for events only. */
    private void stream(ChannelHandlerContext context, Exchange exchange, EventFilter events) {
        if (exchange.isHead) {
            write(context, exchange, new Answer(200, EVENTS_TYPE, new byte[0], 0));
            return;
        }
        String principal = exchange.caller.countedAs(context.channel().remoteAddress());
        try {
            options.feed().reserve(principal);
        } catch (Refusal refusal) {
            write(context, exchange, Answer.of(refusal));
            return;
        }
        streams = true;
        streamReader = exchange.caller;
        // The kernel would take megabytes for a reader that takes none, and copying them is this loop's time.
        context.channel().config().setOption(ChannelOption.SO_SNDBUF, STREAM_SEND_BYTES);
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        Responses.setOwn(head.headers()).set(HttpHeaderNames.CONTENT_TYPE, EVENTS_TYPE);
        // So that a proxy passes each event on as it comes.
        head.headers().set("X-Accel-Buffering", "no");
        HttpUtil.setTransferEncodingChunked(head, true);
        context.writeAndFlush(head);
        options.feed().open(context.channel(), principal, events, exchange.lastEventId);
    }

    private void write(ChannelHandlerContext context, Exchange exchange, Answer answer) {
        FullHttpResponse response = Responses.of(answer, exchange.isHead);
        if (answer.status() == HttpResponseStatus.UNAUTHORIZED.code()) {
            response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer realm=\"telpher\"");
        }
        if (answer == Answer.EMPTY || answer.status() == HttpResponseStatus.METHOD_NOT_ALLOWED.code()) {
            response.headers().set(HttpHeaderNames.ALLOW, Router.allowHeader(OpenPaths.allowed(exchange.path)));
        }
        if (exchange.stale != null) {
            exchange.stale.tell(response.headers());
        }
        HttpUtil.setKeepAlive(response.headers(), exchange.version, exchange.keepAlive);
        if (!exchange.keepAlive) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
        boolean leases = exchange.releases.length > 0 || exchange.forwarded != null && exchange.reserves;
        ChannelFuture written = leases && hasSaidAll
                ? proven.write(context, response, () -> writeAnswered(context))
                : context.write(response);
        lastWritten = written;
        if (leases) {
            written.addListener(sent -> {
                if (!sent.isSuccess()) {
                    ReturnedLeases.giveBack(options.router(), exchange.releases);
                }
            });
        }
        Forwarder.Call forwarded = exchange.forwarded;
        if (forwarded != null) {
            written.addListener(sent -> forwarded.written(sent.isSuccess()));
        }
        if (!exchange.keepAlive) {
            written.addListener(sent -> LingeringClose.after(context));
        }
    }

    /** A client that sends on without reading what comes back is not read on. */
    private void readOn(ChannelHandlerContext context) {
        boolean mayRead = exchanges.size() < PIPELINED_MAX && context.channel().isWritable();
        context.channel().config().setAutoRead(mayRead || ending && exchanges.isEmpty());
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        readOn(context);
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof java.io.IOException || cause instanceof CodecException) {
            LOG.debug("{} is gone: {}", context.channel().remoteAddress(), cause.getMessage());
        } else {
            LOG.error(
                    "TQ-3003 closing the HTTP connection of {}",
                    context.channel().remoteAddress(),
                    cause);
        }
        context.close();
    }
}
