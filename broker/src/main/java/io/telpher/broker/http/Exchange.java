package io.telpher.broker.http;

import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.telpher.broker.http.call.BrokerCall;
import io.telpher.broker.http.call.Forwarder;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.security.Principal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request whose response is not written yet. Belongs to its connection's event loop. */
final class Exchange {
    static final byte[] NO_RELEASES = {};

    final int requestId;
    final boolean keepAlive;
    final boolean isHead;
    final HttpVersion version;
    final String lastEventId;
    List<String> path = List.of();
    Principal caller = Principal.ANYONE;

    /** Its answer says what was done, and is owed to a caller who may do nothing any more, too. */
    boolean changes;

    /** The request; null before there is one. */
    @Nullable
    BrokerCall call;

    /** The response, written in this exchange's turn; null until it is known. */
    @Nullable
    Answer answer;

    /** Asks for tasks, and may wait for them. */
    boolean reserves;

    /** The request at the node that leads; null when it is answered here. */
    Forwarder.@Nullable Call forwarded;

    /** Any node may answer it, from what it has applied. */
    boolean mayBeStale;

    /** What is said of the answer then; null before a partition is asked. */
    @Nullable
    StaleRead stale;

    /** RELEASE frames for the tasks in the answer, as long as it is not written. */
    byte[] releases = NO_RELEASES;

    Exchange(int requestId, FullHttpRequest request) {
        this.requestId = requestId;
        this.keepAlive =
                HttpUtil.isKeepAlive(request) && request.decoderResult().isSuccess();
        this.isHead = request.method().equals(HttpMethod.HEAD);
        this.version = request.protocolVersion();
        this.lastEventId = request.headers().get("Last-Event-ID", "");
    }

    /** Whether the reply to this request is the one that is waited for. */
    boolean awaits(int replyTo) {
        return requestId == replyTo && call != null && answer == null;
    }
}
