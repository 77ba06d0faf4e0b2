package io.telpher.broker.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.telpher.broker.security.Security;
import io.telpher.protocol.ErrorCode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;

/**
 * Keeps other sites' pages out, which a browser may run on a machine that can reach this broker. Such a page can't leave out the
 * headers looked at here; curl and services don't send them.
 */
final class SameSite {
    private static final List<String> LOOPBACK_NAMES = List.of("localhost", "127.0.0.1", "[::1]");

    private SameSite() {}

    /** @param local where the request came in */
    static void require(HttpRequest http, SocketAddress local, Security security) throws Refusal {
        HttpHeaders headers = http.headers();
        String host = headers.get(HttpHeaderNames.HOST, "");
        String name = withoutPort(host).toLowerCase(Locale.ROOT);
        if (local instanceof InetSocketAddress inet
                && !host.isEmpty()
                && !security.isCalled(name)
                && !isAddress(name, inet.getAddress())) {
            // A name of the other site's that was made to point here.
            throw forbidden(
                    "this broker is not called " + host + "; use localhost, its address, or a name of http.hosts");
        }
        if (http.method().equals(HttpMethod.GET) || http.method().equals(HttpMethod.HEAD)) {
            return;
        }
        String site = headers.get("Sec-Fetch-Site", "none");
        if (!site.equals("none") && !site.equals("same-origin")) {
            throw forbidden("a page of another site may not change anything");
        }
        String origin = headers.get(HttpHeaderNames.ORIGIN, "");
        if (!origin.isEmpty() && !host.equals(authority(origin))) {
            throw forbidden("a page of " + origin + " may not change anything");
        }
    }

    private static boolean isAddress(String host, InetAddress local) {
        String address = local.getHostAddress();
        boolean isLoopback = local.isLoopbackAddress() && LOOPBACK_NAMES.contains(host);
        return isLoopback || host.equals(address) || host.equals("[" + address + "]");
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }

    private static String authority(String origin) {
        try {
            String authority = URI.create(origin).getAuthority();
            return authority == null ? "" : authority;
        } catch (IllegalArgumentException e) {
            return ""; // no origin at all, so not this one
        }
    }

    private static Refusal forbidden(String why) {
        return new Refusal(403, ErrorCode.FORBIDDEN, why);
    }
}
