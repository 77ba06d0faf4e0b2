package io.telpher.broker.security;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Settings of authentication and TLS.
 *
 * @param tls null = in the clear
 * @param tokens the known clients; null = no authentication
 * @param hosts names that HTTP requests may call the broker by, beside its addresses and those of its certificate; lower-case
 * @param openMetrics /metrics needs no token
 * @param pendingPerAddress connections from one address that have not said who they are yet
 * @param clients what one client may hold
 */
public record SecurityConfig(
        @Nullable TlsFiles tls,
        @Nullable Path tokens,
        Set<String> hosts,
        boolean openMetrics,
        int pendingPerAddress,
        ClientLimits clients) {
    public static final int PENDING_DEFAULT = 256;

    /** In the clear, without authentication: for loopback. */
    public static final SecurityConfig NONE = new SecurityConfig(null, null, Set.of(), false, PENDING_DEFAULT);

    public SecurityConfig(
            @Nullable TlsFiles tls,
            @Nullable Path tokens,
            Set<String> hosts,
            boolean openMetrics,
            int pendingPerAddress) {
        this(tls, tokens, hosts, openMetrics, pendingPerAddress, ClientLimits.DEFAULT);
    }

    public SecurityConfig {
        hosts = Set.copyOf(hosts);
    }
}
