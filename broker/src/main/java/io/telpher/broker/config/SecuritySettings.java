package io.telpher.broker.config;

import io.telpher.broker.BrokerConfig;
import io.telpher.broker.security.ClientLimits;
import io.telpher.broker.security.Security;
import io.telpher.broker.security.SecurityConfig;
import io.telpher.broker.security.TlsFiles;
import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The keys of authentication and TLS, and the rule that a broker is never open to other machines by mistake. */
final class SecuritySettings {
    private final List<String> problems;
    private final Map<String, Setting> settings;

    SecuritySettings(List<String> problems, Map<String, Setting> settings) {
        this.problems = problems;
        this.settings = settings;
    }

    private String text(String key) {
        Setting setting = settings.get(key);
        return setting == null ? "" : setting.value().strip();
    }

    private @Nullable Path path(String key) {
        try {
            return text(key).isEmpty() ? null : Path.of(text(key));
        } catch (InvalidPathException e) {
            problem("TQ-1005", key, "no file can be named so: " + e.getReason());
            return null;
        }
    }

    private boolean flag(String key) {
        return word(key, "false", "true").equals("true");
    }

    private String word(String key, String byDefault, String other) {
        String word = text(key).isEmpty() ? byDefault : text(key);
        if (!word.equals(byDefault) && !word.equals(other)) {
            problem("TQ-1005", key, "\"" + word + "\" is not one of " + byDefault + ", " + other);
        }
        return word;
    }

    private void problem(String code, String key, String what) {
        Setting setting = settings.get(key);
        problems.add(code + (setting == null ? "" : " " + setting.where()) + " " + key + ": " + what);
    }

    SecurityConfig build() {
        Path tokens = path("security.tokens");
        return new SecurityConfig(
                tls(tokens != null),
                tokens,
                hosts(),
                flag("http.open_metrics"),
                number("limits.pending_per_address", SecurityConfig.PENDING_DEFAULT),
                clients());
    }

    private @Nullable TlsFiles tls(boolean hasTokens) {
        Path certificate = path("tls.certificate");
        Path key = path("tls.key");
        Path clientCa = path("tls.client_ca");
        boolean clientsMust =
                word("tls.client_certificates", "optional", "required").equals("required");
        if (certificate != null && key != null) {
            if (clientsMust && clientCa == null) {
                problem("TQ-1005", "tls.client_certificates", "required, but tls.client_ca does not say by whom");
            }
            if (clientCa != null && !hasTokens) {
                problem(
                        "TQ-1005",
                        "tls.client_ca",
                        "client certificates need security.tokens, which has the rules of their names");
            }
            return new TlsFiles(certificate, key, clientCa, clientsMust);
        }
        if (certificate != null || key != null || clientCa != null) {
            String given = certificate != null ? "tls.certificate" : key != null ? "tls.key" : "tls.client_ca";
            problem("TQ-1005", given, "TLS needs both tls.certificate and tls.key");
        }
        return null;
    }

    private Set<String> hosts() {
        return Arrays.stream(text("http.hosts").split(","))
                .map(host -> host.strip().toLowerCase(Locale.ROOT))
                .filter(host -> !host.isEmpty())
                .collect(Collectors.toSet());
    }

    private ClientLimits clients() {
        return new ClientLimits(
                number("limits.client_share", ClientLimits.DEFAULT.sharePercent()),
                number("limits.connections_per_client", ClientLimits.DEFAULT.connectionsMax()),
                number("limits.max_parked", ClientLimits.DEFAULT.parkedMax()));
    }

    private int number(String key, int byDefault) {
        if (text(key).isEmpty()) {
            return byDefault;
        }
        try {
            return ConfigKeys.number(key, text(key));
        } catch (NumberFormatException e) {
            problem("TQ-1005", key, "\"" + text(key) + "\" is not a number");
        } catch (IllegalArgumentException e) {
            problem("TQ-1005", key, String.valueOf(e.getMessage()));
        }
        return byDefault;
    }

    /** An address that other machines reach needs tokens and TLS. */
    void check(BrokerConfig config) {
        boolean isSafe = config.security().tls() != null && config.security().tokens() != null;
        if (!isSafe && !flag("security.insecure")) {
            requireLoopback("listen.bind", config.listen(), config.security());
            requireLoopback("http.bind", config.http(), config.security());
        }
        problems.addAll(Security.problems(config.security()));
    }

    private void requireLoopback(String key, InetSocketAddress address, SecurityConfig security) {
        if (address.isUnresolved() || address.getAddress().isLoopbackAddress()) {
            return;
        }
        String missing = security.tls() != null
                ? "security.tokens"
                : security.tokens() != null
                        ? "tls.certificate and tls.key"
                        : "tls.certificate, tls.key and security.tokens";
        problem(
                "TQ-1030",
                key,
                address.getHostString() + " lets other machines in, so " + missing + " must be set (docs/SECURITY.md);"
                        + " or bind 127.0.0.1; or, where any client that reaches it may do everything,"
                        + " security.insecure = true");
    }
}
