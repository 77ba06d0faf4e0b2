package io.telpher.client;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;

/**
 * {@code tq://[token@]host[:port]}, {@code tqs://} with TLS.
 *
 * @param token empty when the broker asks for none
 */
record ClientUrl(String host, int port, boolean tls, String token) {
    private static final int PORT_DEFAULT = 8357;

    static ClientUrl parse(String text) {
        try {
            URI uri = new URI(text);
            boolean tls = "tqs".equals(uri.getScheme());
            if (uri.getHost() == null || !tls && !"tq".equals(uri.getScheme())) {
                throw new IllegalArgumentException("\"" + text + "\" is not like tq://host:8357 or tqs://host:8357");
            }
            String token = uri.getUserInfo() != null
                    ? uri.getUserInfo()
                    : System.getenv().getOrDefault("TELPHER_TOKEN", "");
            return new ClientUrl(uri.getHost(), uri.getPort() < 0 ? PORT_DEFAULT : uri.getPort(), tls, token);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("\"" + text + "\" is not like tq://host:8357: " + e.getMessage(), e);
        }
    }

    InetSocketAddress address() {
        return new InetSocketAddress(host, port); // resolved anew at each connect
    }

    /** Without the token, for messages. */
    @Override
    public String toString() {
        return (tls ? "tqs://" : "tq://") + host + ":" + port;
    }
}
