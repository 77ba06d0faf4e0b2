package io.telpher.broker.http.request;

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
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.json.Words;
import io.telpher.protocol.ErrorCode;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a request by its head when two readers could take it for different ones, or when it asks for what isn't spoken here. The connection
 * ends with that, since where the next request begins can't be told. A request that Netty's decoder refuses comes through unchanged.
 */
public final class RequestHead extends ChannelInboundHandlerAdapter {
    public static final int LINE_BYTES_MAX = 8 << 10;
    public static final int FIELDS_BYTES_MAX = 16 << 10;

    /**
     * Fields that decide who asks, for what and how it is read: where two come, a proxy may have judged the other one. The lengths are Netty's to judge, the
     * host and the transfer coding have their own checks.
     */
    private static final List<String> SINGLE = List.of(
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "Origin",
            "Sec-Fetch-Site",
            "Expect",
            "Last-Event-ID",
            TraceContext.HEADER);

    private static final String HOST_MARKS = "._~!$&'()*+;=%-";
    private static final int PORT_DIGITS_MAX = 5;

    private static final List<String> COMPRESSIONS = List.of("gzip", "deflate", "compress");

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

    /** Refuses what could not be read as a request, here or by Netty's decoder. */
    public static void requireDecoded(FullHttpRequest http) throws Refusal {
        Throwable cause = http.decoderResult().cause();
        if (cause == null) {
            return;
        }
        if (cause instanceof Refusal refusal) {
            throw refusal;
        }
        if (cause instanceof TooLongHttpLineException) {
            throw new Refusal(
                    414, ErrorCode.BAD_REQUEST, "the request line is longer than " + LINE_BYTES_MAX + " bytes");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            throw new Refusal(
                    431,
                    ErrorCode.BAD_REQUEST,
                    "the header fields are longer than " + FIELDS_BYTES_MAX + " bytes together");
        }
        throw Refusal.bad("this is not HTTP: " + cause.getMessage());
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
        checkSingle(request.headers());
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

    private static void checkSingle(HttpHeaders headers) throws Refusal {
        for (String field : SINGLE) {
            int count = headers.getAll(field).size();
            if (count > 1) {
                throw Refusal.bad("expected one " + field + " field, got " + count + "; send it once");
            }
        }
    }

    /** What is no coding at all, or is said in an unusual way, another reader may take for chunked, or for nothing. */
    private static void checkTransferCodings(List<String> codings) throws Refusal {
        boolean isTaken = codings.isEmpty()
                || codings.size() == 1
                        && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(
                                codings.get(0).trim());
        if (!isTaken) {
            boolean isUsual =
                    codings.size() == 1 && isCompression(codings.get(0).trim().toLowerCase(Locale.ROOT));
            throw new Refusal(
                    isUsual ? 501 : 400,
                    ErrorCode.BAD_REQUEST,
                    "transfer codings other than chunked are not taken: " + codings);
        }
    }

    /** As it is commonly said, by itself or before chunked. */
    private static boolean isCompression(String coding) {
        int comma = coding.indexOf(',');
        String first = comma < 0 ? coding : coding.substring(0, comma);
        String next = comma < 0 ? "" : coding.substring(comma + 1);
        return COMPRESSIONS.contains(first.startsWith("x-") ? first.substring(2) : first)
                && (comma < 0 || next.equals("chunked") || next.equals(" chunked"));
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
        if (!hosts.isEmpty() && !isHost(hosts.get(0))) {
            throw Refusal.bad("\"" + hosts.get(0) + "\" is not a valid host");
        }
    }

    /** A name, an IPv4 address or an IPv6 address in brackets, and a port or none. Names may have all that RFC 3986 lets them have. */
    public static boolean isHost(String text) {
        boolean bracketed = text.startsWith("[");
        int end = bracketed ? text.indexOf(']') : text.indexOf(':');
        int nameEnd = end < 0 ? text.length() : end;
        if (bracketed && end < 2) {
            return false;
        }
        for (int i = bracketed ? 1 : 0; i < nameEnd; i++) {
            if (!(bracketed ? isAddressMark(text.charAt(i)) : isNameMark(text.charAt(i)))) {
                return false;
            }
        }
        int portAt = bracketed ? end + 1 : nameEnd;
        return portAt == text.length()
                || text.charAt(portAt) == ':'
                        && text.length() - portAt - 1 <= PORT_DIGITS_MAX
                        && Words.isDigits(text, portAt + 1, text.length());
    }

    private static boolean isNameMark(char mark) {
        return Words.isLetter(mark) || Words.isDigit(mark) || HOST_MARKS.indexOf(mark) >= 0;
    }

    private static boolean isAddressMark(char mark) {
        return Character.digit(mark, 16) >= 0 && mark < 128 || mark == ':' || mark == '.';
    }
}
