package io.telpher.broker.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import io.telpher.protocol.ErrorCode;
import java.net.URI;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a request by its head when two readers could take it for different ones, or when it asks for what isn't spoken here. The connection
 * ends with that, since where the next request begins can't be told. What Netty's decoder refuses by itself comes through as it is.
 */
final class RequestHead extends ChannelInboundHandlerAdapter {
    static final int LINE_BYTES_MAX = 8 << 10;
    static final int FIELDS_BYTES_MAX = 16 << 10;

    private static final Pattern HOST =
            Pattern.compile("[A-Za-z0-9._~!$&'()*+;=%-]*(:\\d{0,5})?|\\[[0-9A-Fa-f:.]+](:\\d{0,5})?");

    private static final Pattern COMPRESSION =
            Pattern.compile("(x-)?(gzip|deflate|compress)(, ?chunked)?", Pattern.CASE_INSENSITIVE);

    private boolean refused;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (refused) {
            ReferenceCountUtil.release(message);
        } else if (message instanceof HttpRequest request
                && request.decoderResult().isSuccess()) {
            try {
                check(request);
                context.fireChannelRead(message);
            } catch (Refusal refusal) {
                refused = true;
                context.fireChannelRead(refused(request.method(), refusal));
            }
        } else {
            context.fireChannelRead(message);
        }
    }

    /** Stands for a request that is not looked at any further. */
    static FullHttpRequest refused(HttpMethod method, Refusal refusal) {
        FullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, "/");
        request.setDecoderResult(DecoderResult.failure(refusal));
        return request;
    }

    private static void check(HttpRequest request) throws Refusal {
        HttpVersion version = request.protocolVersion();
        if (version.majorVersion() != 1 || !version.protocolName().equals("HTTP")) {
            throw new Refusal(505, ErrorCode.BAD_REQUEST, "this broker speaks HTTP/1.1, not " + version.text());
        }
        checkTransferCodings(request.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING));
        if (expects(request) && !HttpUtil.is100ContinueExpected(request)) {
            throw new Refusal(
                    417,
                    ErrorCode.BAD_REQUEST,
                    "there is no expectation \"" + request.headers().get(HttpHeaderNames.EXPECT) + "\"");
        }
        checkTarget(request);
        checkHost(request);
    }

    /** What is no coding at all, or is said in an unusual way, another reader may take for chunked, or for nothing. */
    private static void checkTransferCodings(List<String> codings) throws Refusal {
        boolean isTaken = codings.isEmpty()
                || codings.size() == 1
                        && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(
                                codings.get(0).trim());
        if (!isTaken) {
            boolean isUsual = codings.size() == 1
                    && COMPRESSION.matcher(codings.get(0).trim()).matches();
            throw new Refusal(
                    isUsual ? 501 : 400,
                    ErrorCode.BAD_REQUEST,
                    "transfer codings other than chunked are not taken: " + codings);
        }
    }

    /** HTTP/1.0 knows no expectations: they are ignored there. */
    private static boolean expects(HttpRequest request) {
        return request.protocolVersion().minorVersion() > 0 && request.headers().contains(HttpHeaderNames.EXPECT);
    }

    /** A target may name its host itself, as for a proxy; that counts, and not the field. */
    private static void checkTarget(HttpRequest request) throws Refusal {
        String target = request.uri();
        if (target.chars().anyMatch(letter -> letter <= ' ' || letter == 0x7f)) {
            // A reader before this one may end the target there.
            throw Refusal.bad("the request target has a control character");
        }
        if (target.startsWith("/") || target.equals("*") && request.method().equals(HttpMethod.OPTIONS)) {
            return;
        }
        URI uri = absolute(target);
        String path = uri == null ? null : uri.getRawPath();
        if (uri == null || path == null || uri.getRawAuthority() == null || uri.getRawUserInfo() != null) {
            throw Refusal.bad("the request target must be like /api/v1/tasks, not \"" + target + "\"");
        }
        String query = uri.getRawQuery();
        request.headers().set(HttpHeaderNames.HOST, uri.getRawAuthority());
        request.setUri((path.isEmpty() ? "/" : path) + (query == null ? "" : "?" + query));
    }

    private static @Nullable URI absolute(String target) {
        try {
            URI uri = URI.create(target);
            boolean isWeb = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            return isWeb && uri.getRawFragment() == null ? uri : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static void checkHost(HttpRequest request) throws Refusal {
        HttpHeaders headers = request.headers();
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        boolean mayLack = request.protocolVersion().minorVersion() == 0;
        if (hosts.size() > 1 || hosts.isEmpty() && !mayLack) {
            throw Refusal.bad("a request has one Host, not " + hosts.size());
        }
        if (!hosts.isEmpty() && !HOST.matcher(hosts.get(0)).matches()) {
            throw Refusal.bad("\"" + hosts.get(0) + "\" is no host");
        }
    }
}
