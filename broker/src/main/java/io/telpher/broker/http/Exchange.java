package io.telpher.broker.http;

import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.telpher.broker.security.Principal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request whose response is not written yet. */
final class Exchange {
    final int requestId;
    final boolean keepAlive;
    final boolean isHead;
    final HttpVersion version;
    final String lastEventId;
    List<String> path = List.of();
    Principal caller = Principal.ANYONE;

    @Nullable
    Call call;

    @Nullable
    Answer answer;

    Exchange(int requestId, FullHttpRequest request) {
        this.requestId = requestId;
        this.keepAlive =
                HttpUtil.isKeepAlive(request) && request.decoderResult().isSuccess();
        this.isHead = request.method().equals(HttpMethod.HEAD);
        this.version = request.protocolVersion();
        this.lastEventId = request.headers().get("Last-Event-ID", "");
    }
}
