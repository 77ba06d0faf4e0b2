package io.telpher.broker.http;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.security.Principal;
import io.telpher.broker.security.Security;
import io.telpher.broker.security.ServerTls;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Role;
import org.jspecify.annotations.Nullable;

/** Who sends a request: told by {@code Authorization: Bearer TOKEN}, or without one by the connection's client certificate. */
final class Authentication {
    private static final String SCHEME = "Bearer ";

    private Authentication() {}

    /** Null when the caller is unknown. */
    static @Nullable Principal of(HttpRequest http, Channel channel, Security security) {
        return security.login(token(http), ServerTls.session(channel));
    }

    /** Empty when none was sent. A value of another scheme is neither a token nor its absence. */
    static String token(HttpRequest http) {
        String header = http.headers().get(HttpHeaderNames.AUTHORIZATION, "").strip();
        boolean isBearer = header.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
        return isBearer ? header.substring(SCHEME.length()).strip() : header;
    }

    /**
     * The authenticated caller; an unknown one is refused with 401.
     *
     * @param isScrape whether the figures are asked for, which may need no token, and need more than a queue's rights otherwise
     */
    static Principal require(FullHttpRequest http, Channel channel, Security security, boolean isScrape)
            throws Refusal {
        boolean isScrapeRead = isScrape && OpenPaths.reads(http);
        if (isScrapeRead && security.isMetricsOpen()) {
            return Principal.ANYONE;
        }
        Principal caller = of(http, channel, security);
        if (caller == null) {
            security.refusedLogin(channel.remoteAddress(), "http", token(http));
            throw new Refusal(
                    401,
                    ErrorCode.UNAUTHENTICATED,
                    token(http).isEmpty()
                            ? "this broker asks for a token: send Authorization: Bearer TOKEN"
                            : "this token is unknown, revoked or expired");
        }
        if (isScrapeRead) {
            requireReadEverywhere(caller);
        }
        return caller;
    }

    /** Known when the request came, and no more. */
    static Refusal revoked() {
        return new Refusal(401, ErrorCode.UNAUTHENTICATED, Security.REVOKED);
    }

    static void requireAdminEverywhere(Principal caller) throws Refusal {
        if (!caller.isEverywhere(Role.ADMIN)) {
            throw new Refusal(403, ErrorCode.FORBIDDEN, "this needs role admin for all queues");
        }
    }

    static void requireReadEverywhere(Principal caller) throws Refusal {
        if (!caller.isEverywhere(Role.READ)) {
            throw new Refusal(403, ErrorCode.FORBIDDEN, "this needs role read for all queues");
        }
    }
}
