package io.telpher.client;

import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code tq://[token@]host[:port][,host[:port]...]}, {@code tqs://} with TLS and {@code ?ca=FILE&cert=FILE&key=FILE}. What the URL does not say comes from
 * TELPHER_TOKEN, TELPHER_CA, TELPHER_CERT, TELPHER_KEY.
 *
 * @param addresses at least one; tried in turn
 * @param token empty when the broker asks for none
 */
record ClientUrl(
        List<Address> addresses, String token, @Nullable TlsOptions tls) {
    private static final int ADDRESSES_MAX = 32;
    private static final int PORT_MAX = 65_535;
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

    /** One of the broker's machines. A name may hold an underscore, as those of containers do. */
    record Address(String host, int port) {
        /** As a broker says it; null when it says none. */
        static @Nullable Address parse(String text) {
            try {
                return text.isEmpty() ? null : address(text, text);
            } catch (IllegalArgumentException e) {
                return null; // of a newer broker: the others are asked in turn
            }
        }

        InetSocketAddress socket() {
            return InetSocketAddress.createUnresolved(host, port); // its name is looked up at each connect
        }

        @Override
        public String toString() {
            return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
        }
    }

    static ClientUrl parse(String text) {
        return parse(text, System.getenv());
    }

    /** @throws IllegalArgumentException when it is not such a URL */
    static ClientUrl parse(String text, Map<String, String> environment) {
        boolean tls = text.startsWith("tqs://");
        if (!tls && !text.startsWith("tq://")) {
            throw malformed(text);
        }
        String rest = text.substring(text.indexOf("://") + 3);
        int question = rest.indexOf('?');
        Map<String, String> options = options(question < 0 ? null : rest.substring(question + 1), tls);
        String authority = question < 0 ? rest : rest.substring(0, question);
        authority = authority.endsWith("/") ? authority.substring(0, authority.length() - 1) : authority;
        int at = authority.lastIndexOf('@');
        String token =
                at >= 0 ? decoded(text, authority.substring(0, at)) : environment.getOrDefault("TELPHER_TOKEN", "");
        TlsOptions files = new TlsOptions(
                path(options, "ca", environment),
                path(options, "cert", environment),
                path(options, "key", environment));
        if ((files.cert() == null) != (files.key() == null)) {
            throw new IllegalArgumentException("a client certificate needs both cert and key");
        }
        return new ClientUrl(addresses(text, authority.substring(at + 1)), token.strip(), tls ? files : null);
    }

    private static List<Address> addresses(String text, String authority) {
        List<Address> addresses = new ArrayList<>();
        for (String each : authority.split(",", -1)) {
            addresses.add(address(text, each));
        }
        if (addresses.size() > ADDRESSES_MAX) {
            throw new IllegalArgumentException(
                    "the URL names " + addresses.size() + " addresses; the limit is " + ADDRESSES_MAX);
        }
        return List.copyOf(addresses);
    }

    private static Address address(String text, String each) {
        int bracket = each.lastIndexOf(']');
        int colon = each.indexOf(':', Math.max(0, bracket));
        String host = colon < 0 ? each : each.substring(0, colon);
        host = bracket > 0 && host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        int port = colon < 0 ? PORT_DEFAULT : port(text, each.substring(colon + 1));
        boolean isV6 = bracket > 0;
        if (host.isEmpty() || !host.chars().allMatch(c -> isHostCharacter((char) c, isV6))) {
            throw malformed(text);
        }
        return new Address(host, port);
    }

    private static boolean isHostCharacter(char c, boolean isV6) {
        return c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9'
                || c == '.'
                || c == '-'
                || c == '_'
                || isV6 && (c == ':' || c == '%');
    }

    private static int port(String text, String digits) {
        try {
            int port = Integer.parseInt(digits);
            if (port > 0 && port <= PORT_MAX) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw malformed(text);
        }
        throw malformed(text);
    }

    private static String decoded(String text, String userInfo) {
        try {
            return URLDecoder.decode(userInfo.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw malformed(text);
        }
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
                "\"" + shown + "\" is not like tq://host:8357, tq://token@host, tq://a,b,c or tqs://host:8357");
    }

    /** Without the token, for messages. */
    @Override
    public String toString() {
        return (tls != null ? "tqs://" : "tq://")
                + addresses.stream().map(Address::toString).collect(Collectors.joining(","));
    }
}
