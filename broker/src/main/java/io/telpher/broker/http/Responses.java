package io.telpher.broker.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.telpher.broker.http.json.Answer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Turns answers into responses. */
final class Responses {
    /** The page runs its own script and talks to this broker; nothing else, and not inside another page. */
    private static final String PAGE_MAY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
                    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private Responses() {}

    /** @param isHead whether the body is left out, with all that is said about it */
    static FullHttpResponse of(Answer answer, boolean isHead) {
        byte[] body = answer.body();
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(answer.status()),
                isHead ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
        HttpHeaders headers = setOwn(response.headers());
        if (answer != Answer.EMPTY) {
            headers.set(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
                    .set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        }
        answer.headers().forEach(headers::set);
        if (answer.status() == HttpResponseStatus.NOT_MODIFIED.code()) {
            headers.remove(HttpHeaderNames.CONTENT_LENGTH); // of what was not sent, so not 0
        }
        if (answer.retryAfterMs() > 0) {
            headers.set(
                    HttpHeaderNames.RETRY_AFTER, Math.max(1, TimeUnit.MILLISECONDS.toSeconds(answer.retryAfterMs())));
        }
        return response;
    }

    /** Headers of every response. */
    static HttpHeaders setOwn(HttpHeaders headers) {
        return headers.set(HttpHeaderNames.DATE, DATE.format(Instant.now()))
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set("Content-Security-Policy", PAGE_MAY)
                .set("Referrer-Policy", "no-referrer")
                .set("X-Content-Type-Options", "nosniff");
    }
}
