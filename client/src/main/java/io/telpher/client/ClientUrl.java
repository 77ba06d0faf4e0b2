package io.telpher.client;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code tq://[token@]host[:port]}, {@code tqs://} with TLS and {@code ?ca=FILE&cert=FILE&key=FILE}. What the URL does not say comes from
 * TELPHER_TOKEN, TELPHER_CA, TELPHER_CERT, TELPHER_KEY.
 *
 * @param token empty when the broker asks for none
 */
record ClientUrl(
        String host, int port, String token, @Nullable TlsOptions tls) {
    private static final int PORT_DEFAULT = 8357;

    /**
     * PEM files.
     *
     * @param ca whose certificates are believed, null = those the JDK does
     * @param cert the client's own, null = none
     * @param key PKCS#8, of the client's certificate
     */
    record TlsOptions(
            @Nullable Path ca,
            @Nullable Path cert,
            @Nullable Path key) {}

    static ClientUrl parse(String text) {
        return parse(text, System.getenv());
    }

    static ClientUrl parse(String text, Map<String, String> environment) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw malformed(text);
        }
        boolean tls = "tqs".equals(uri.getScheme());
        if (uri.getHost() == null || !tls && !"tq".equals(uri.getScheme())) {
            throw malformed(text);
        }
        Map<String, String> options = options(uri.getRawQuery(), tls);
        String token = uri.getUserInfo() != null ? uri.getUserInfo() : environment.getOrDefault("TELPHER_TOKEN", "");
        TlsOptions files = new TlsOptions(
                path(options, "ca", environment),
                path(options, "cert", environment),
                path(options, "key", environment));
        if ((files.cert() == null) != (files.key() == null)) {
            throw new IllegalArgumentException("a client certificate needs both cert and key");
        }
        return new ClientUrl(
                uri.getHost(), uri.getPort() < 0 ? PORT_DEFAULT : uri.getPort(), token.strip(), tls ? files : null);
    }

    private static Map<String, String> options(@Nullable String query, boolean tls) {
        Map<String, String> options = new HashMap<>();
        for (String option : query == null ? new String[0] : query.split("&")) {
            String name = option.replaceFirst("=.*", "");
            if (!tls || !List.of("ca", "cert", "key").contains(name)) {
                throw new IllegalArgumentException(
                        "unknown option \"" + name + "\" in the URL; tqs:// takes ca, cert and key");
            }
            String value = option.substring(Math.min(option.length(), name.length() + 1));
            options.put(name, URLDecoder.decode(value, StandardCharsets.UTF_8));
        }
        return options;
    }

    private static @Nullable Path path(Map<String, String> options, String name, Map<String, String> environment) {
        String byDefault = environment.getOrDefault("TELPHER_" + name.toUpperCase(java.util.Locale.ROOT), "");
        String file = options.getOrDefault(name, byDefault);
        return file.isEmpty() ? null : Path.of(file);
    }

    /** The message shows nothing that may be a token. */
    private static IllegalArgumentException malformed(String text) {
        String shown = text.replaceFirst("^([^:]*://)?[^/]*@", "$1***@");
        return new IllegalArgumentException(
                "\"" + shown + "\" is not like tq://host:8357, tq://token@host or tqs://host:8357");
    }

    InetSocketAddress address() {
        return new InetSocketAddress(host, port); // resolved anew at each connect
    }

    /** Without the token, for messages. */
    @Override
    public String toString() {
        return (tls != null ? "tqs://" : "tq://") + host + ":" + port;
    }
}
