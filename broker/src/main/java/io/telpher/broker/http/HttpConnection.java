package io.telpher.broker.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.telpher.broker.security.AuditTrail;
import io.telpher.broker.security.Gate;
import io.telpher.broker.security.PendingConnections;
import io.telpher.broker.security.Principal;
import io.telpher.broker.security.Role;
import io.telpher.broker.security.Security;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Frame;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.Message;
import io.telpher.protocol.MessageReader;
import io.telpher.protocol.MessageType;
import io.telpher.protocol.Problem;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One HTTP connection. Requests may be pipelined; responses leave in their order. */
final class HttpConnection extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);

    /** The page runs its own script and talks to this broker; nothing else, and not inside another page. */
    private static final String PAGE_MAY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
                    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /** Requests without a response yet; beyond it the socket is left unread. */
    private static final int PIPELINED_MAX = 64;

    /** A request whose response is not written yet. */
    private static final class Exchange {
        private final int requestId;
        private final boolean keepAlive;
        private final boolean isHead;
        private final List<String> path;
        private final String lastEventId;
        private Principal caller = Principal.ANYONE;
        private @Nullable Call call;
        private @Nullable Answer answer;

        Exchange(int requestId, FullHttpRequest request, List<String> path) {
            this.requestId = requestId;
            this.keepAlive = HttpUtil.isKeepAlive(request);
            this.isHead = request.method().equals(HttpMethod.HEAD);
            this.path = path;
            this.lastEventId = request.headers().get("Last-Event-ID", "");
        }
    }

    private final HttpServer.Options options;
    private boolean streams;
    private final Deque<Exchange> exchanges = new ArrayDeque<>();
    private final MessageReader reader = new MessageReader();
    private final FrameWriter writer = new FrameWriter();
    private final Map<String, HttpSession> sessions = new HashMap<>();
    private @Nullable AuditTrail trail;
    private @Nullable Principal streamReader;
    private int requestIds;

    HttpConnection(HttpServer.Options options) {
        this.options = options;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        trail = options.security().trail(context.channel().remoteAddress(), "http");
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (trail != null) {
            trail.ended();
        }
        sessions.values().forEach(options.router()::closed);
    }

    /** As the partition sees them: a proxy may bring requests of several callers over one connection. */
    private HttpSession session(ChannelHandlerContext context, Principal caller) {
        HttpSession session = sessions.computeIfAbsent(
                caller.id(),
                id -> new HttpSession(
                        options.sessionIds().getAsLong(),
                        context.channel(),
                        options.clock().getAsLong(),
                        frame -> replied(context, frame)));
        session.grant(caller.rights());
        return session;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest http) {
        if (streams) {
            context.close(); // the response to what came before never ends
            return;
        }
        QueryStringDecoder uri = decoder(http);
        List<String> path = Arrays.stream(uri.path().split("/"))
                .filter(segment -> !segment.isEmpty())
                .toList();
        Exchange exchange = new Exchange(++requestIds, http, path);
        exchanges.add(exchange);
        try {
            if (!http.decoderResult().isSuccess()) {
                throw Refusal.bad(
                        "this is not HTTP: " + http.decoderResult().cause().getMessage());
            }
            exchange.answer = ownAnswer(http, path);
            if (exchange.answer == null) {
                SameSite.require(http, context.channel().localAddress(), options.security());
                exchange.caller = caller(http, context.channel(), path);
                PendingConnections.settled(context.channel());
                requireJson(http);
                exchange.answer = SecurityRoutes.answer(exchange.caller, request(http, uri, path), options.security());
            }
            if (exchange.answer == null) {
                ask(context, exchange, call(http, uri, path));
            }
        } catch (Refusal refusal) {
            exchange.answer = Answer.of(refusal);
        }
        context.channel().config().setAutoRead(exchanges.size() < PIPELINED_MAX);
        writeAnswered(context);
    }

    private Principal caller(FullHttpRequest http, Channel channel, List<String> path) throws Refusal {
        Security security = options.security();
        Principal caller = Caller.of(http, channel, security);
        boolean isMetrics = reads(http) && path.equals(List.of("metrics"));
        if (isMetrics && security.isMetricsOpen()) {
            return Principal.ANYONE;
        }
        if (caller == null) {
            security.refusedLogin(channel.remoteAddress(), "http", Caller.token(http));
            throw new Refusal(
                    401,
                    ErrorCode.UNAUTHENTICATED,
                    Caller.token(http).isEmpty()
                            ? "this broker asks for a token: send Authorization: Bearer TOKEN"
                            : "this token is unknown, revoked or over");
        }
        if (isMetrics) {
            requireReadEverywhere(caller);
        }
        return caller;
    }

    private static void requireReadEverywhere(Principal caller) throws Refusal {
        if (!caller.isEverywhere(Role.READ)) {
            throw new Refusal(403, ErrorCode.FORBIDDEN, "this needs role read for all queues");
        }
    }

    /** On the event loop. A stream of events does not outlive its reader's token. */
    void lookWhoIsThere(Channel channel) {
        Principal reader = streamReader;
        if (reader != null) {
            Principal known = options.security().now(reader);
            if (known == null || !known.isEverywhere(Role.READ)) {
                channel.close();
            }
        }
    }

    private static QueryStringDecoder decoder(FullHttpRequest http) {
        try {
            QueryStringDecoder decoder = new QueryStringDecoder(http.uri());
            decoder.path();
            decoder.parameters();
            return decoder;
        } catch (IllegalArgumentException e) {
            return new QueryStringDecoder("/malformed-uri");
        }
    }

    private @Nullable Answer ownAnswer(FullHttpRequest http, List<String> path) {
        if (!reads(http)) {
            return null;
        }
        if (path.equals(List.of("livez"))) {
            return text(200, "alive");
        }
        if (path.equals(List.of("readyz"))) {
            return options.isReady().getAsBoolean() ? text(200, "ready") : text(503, "not ready");
        }
        return Assets.find(String.join("/", path), http.headers());
    }

    private static Answer text(int status, String text) {
        return new Answer(status, "text/plain", (text + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8), 0);
    }

    /** Another site's page can't send this type without asking first, so a state change needs it. */
    private static void requireJson(FullHttpRequest http) throws Refusal {
        boolean changes = http.method().equals(HttpMethod.POST) || http.method().equals(HttpMethod.PUT);
        String type = http.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
        boolean isJson = type.toLowerCase(Locale.ROOT).startsWith(TaskJson.JSON_TYPE);
        if (changes && !isJson && (http.content().isReadable() || !type.isEmpty())) {
            throw new Refusal(
                    415,
                    ErrorCode.BAD_REQUEST,
                    "the body must be JSON, not \"" + type + "\"; with curl add -H 'Content-Type: application/json'");
        }
    }

    private static boolean reads(FullHttpRequest http) {
        return http.method().equals(HttpMethod.GET) || http.method().equals(HttpMethod.HEAD);
    }

    private Call call(FullHttpRequest http, QueryStringDecoder uri, List<String> path) throws Refusal {
        return reads(http) && path.equals(List.of("metrics"))
                ? options.metrics().scrape()
                : Router.call(request(http, uri, path));
    }

    private static Request request(FullHttpRequest http, QueryStringDecoder uri, List<String> path) {
        Map<String, String> query = new HashMap<>();
        uri.parameters().forEach((name, values) -> query.put(name, values.get(values.size() - 1)));
        return new Request(
                http.method().name(),
                path,
                query,
                ByteBufUtil.getBytes(http.content()),
                http.headers().get("Idempotency-Key", ""),
                http.headers().get(TraceContext.HEADER, ""));
    }

    private void ask(ChannelHandlerContext context, Exchange exchange, Call call) throws Refusal {
        if (call.events() != null || call.local() != null) {
            // It passes no gate as a message, and is about more than one queue.
            requireReadEverywhere(exchange.caller);
        }
        exchange.call = call; // not before: a refused stream must not begin
        if (call.events() != null) {
            exchange.answer = Answer.NONE;
            return;
        }
        if (call.local() != null) {
            exchange.answer = call.local().answer(options);
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
        passGate(exchange.caller, message);
        options.router().receive(session(context, exchange.caller), Unpooled.copiedBuffer(frame));
    }

    /** The gate: the same question as on the binary protocol. */
    private void passGate(Principal caller, Message message) throws Refusal {
        Problem forbidden = Gate.refusal(caller, message);
        if (trail != null && forbidden == null) {
            trail.asked(caller, message);
        } else if (trail != null && forbidden != null) {
            trail.refused(caller, message, forbidden.code());
        }
        if (forbidden != null) {
            throw new Refusal(forbidden);
        }
    }

    private void replied(ChannelHandlerContext context, ByteBuffer frame) {
        int requestId = Frame.requestId(frame, 0);
        if (trail != null) {
            trail.replied(Unpooled.wrappedBuffer(frame));
        }
        for (Exchange exchange : exchanges) {
            if (exchange.requestId == requestId && exchange.call != null && exchange.answer == null) {
                exchange.answer = answer(context, exchange, exchange.call, frame);
            }
        }
        writeAnswered(context);
    }

    private @Nullable Answer answer(ChannelHandlerContext context, Exchange exchange, Call call, ByteBuffer frame) {
        if (Frame.typeCode(frame, 0) == MessageType.ERROR.code()) {
            return Answer.refused(frame);
        }
        Answer answer = call.render().apply(frame);
        if (call.next() == null) {
            return answer;
        }
        try {
            ask(context, exchange, call.next());
            return null;
        } catch (Refusal refusal) {
            return Answer.of(refusal);
        }
    }

    private void writeAnswered(ChannelHandlerContext context) {
        Exchange first = exchanges.peek();
        while (first != null && first.answer != null) {
            exchanges.remove();
            EventFilter events = first.call == null ? null : first.call.events();
            if (events == null) {
                write(context, first, first.answer);
            } else {
                streamReader = first.caller;
                stream(context, first, events);
            }
            first = exchanges.peek();
        }
        context.flush();
        context.channel().config().setAutoRead(exchanges.size() < PIPELINED_MAX);
    }

    /** From here on this connection is for events only. */
    private void stream(ChannelHandlerContext context, Exchange exchange, EventFilter events) {
        try {
            options.feed().reserve();
        } catch (Refusal refusal) {
            write(context, exchange, Answer.of(refusal));
            return;
        }
        streams = true;
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        setOwn(head.headers()).set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
        // So that a proxy passes each event on as it comes.
        head.headers().set("X-Accel-Buffering", "no");
        HttpUtil.setTransferEncodingChunked(head, true);
        context.writeAndFlush(head);
        options.feed().open(context.channel(), events, exchange.lastEventId);
    }

    private static HttpHeaders setOwn(HttpHeaders headers) {
        return headers.set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set("Content-Security-Policy", PAGE_MAY)
                .set("Referrer-Policy", "no-referrer")
                .set("X-Content-Type-Options", "nosniff");
    }

    static FullHttpResponse response(Answer answer) {
        ByteBuf body = Unpooled.wrappedBuffer(answer.body());
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(answer.status()), body);
        setOwn(response.headers())
                .set(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
                .set(HttpHeaderNames.CONTENT_LENGTH, answer.body().length);
        answer.headers().forEach(response.headers()::set);
        if (answer.status() == HttpResponseStatus.NOT_MODIFIED.code()) {
            response.headers().remove(HttpHeaderNames.CONTENT_LENGTH); // of what was not sent, so not 0
        }
        if (answer.retryAfterMs() > 0) {
            long seconds = Math.max(1, TimeUnit.MILLISECONDS.toSeconds(answer.retryAfterMs()));
            response.headers().set(HttpHeaderNames.RETRY_AFTER, seconds);
        }
        return response;
    }

    private static void write(ChannelHandlerContext context, Exchange exchange, Answer answer) {
        FullHttpResponse response = response(answer);
        if (exchange.isHead) {
            response.content().clear();
        }
        if (answer.status() == HttpResponseStatus.UNAUTHORIZED.code()) {
            response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer realm=\"telpher\"");
        }
        if (answer.status() == HttpResponseStatus.METHOD_NOT_ALLOWED.code()) {
            response.headers().set(HttpHeaderNames.ALLOW, String.join(", ", Router.allowed(exchange.path)));
        }
        HttpUtil.setKeepAlive(response, exchange.keepAlive);
        var written = context.write(response);
        if (!exchange.keepAlive) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof java.io.IOException) {
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
