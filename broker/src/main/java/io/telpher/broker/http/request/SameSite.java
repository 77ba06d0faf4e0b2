package io.telpher.broker.http.request;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.telpher.broker.http.json.Refusal;
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
public final class SameSite {
    /** Another site's name can't be one of these: they lead a browser to its own machine, from where a port may be passed on to the broker's. */
    private static final List<String> LOOPBACK_NAMES = List.of("localhost", "127.0.0.1", "[::1]");

    private static final String NO_OTHER_SITE =
            "use the broker's own page, or a client that is not a page, such as curl";

    private SameSite() {}

    /** @param local where the request came in */
    public static void require(HttpRequest http, SocketAddress local, Security security) throws Refusal {
        HttpHeaders headers = http.headers();
        String host = headers.get(HttpHeaderNames.HOST, "");
        String name = withoutPort(host).toLowerCase(Locale.ROOT);
        if (local instanceof InetSocketAddress inet
                && !host.isEmpty()
                && !security.isCalled(name)
                && !isAddress(name, inet.getAddress())) {
            // A name of the other site's that was made to point here.
            throw forbidden(
                    "this broker is not called " + host,
                    "call it localhost, by its address, or by a name of its certificate or of http.hosts");
        }
        if (http.method().equals(HttpMethod.GET) || http.method().equals(HttpMethod.HEAD)) {
            return;
        }
        String site = headers.get("Sec-Fetch-Site", "none");
        if (!site.equals("none") && !site.equals("same-origin")) {
            throw forbidden("a page of another site may not change anything", NO_OTHER_SITE);
        }
        String origin = headers.get(HttpHeaderNames.ORIGIN, "");
        if (!origin.isEmpty() && !host.equals(authority(origin))) {
            throw forbidden("a page of " + origin + " may not change anything", NO_OTHER_SITE);
        }
    }

    private static boolean isAddress(String host, InetAddress local) {
        String address = local.getHostAddress();
        return LOOPBACK_NAMES.contains(host) || host.equals(address) || host.equals("[" + address + "]");
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

    private static Refusal forbidden(String why, String hint) {
        return new Refusal(403, ErrorCode.FORBIDDEN, why, hint);
    }
}
