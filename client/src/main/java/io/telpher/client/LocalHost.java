package io.telpher.client;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Utf8;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;

/** What this machine, or container, calls itself: for operators, who look for a worker. */
final class LocalHost {
    private static final String NAME = find(System.getenv());

    private LocalHost() {}

    /** Empty when it has no name, or one that is too long for the protocol. Asked for once: a resolver may be slow. */
    static String name() {
        return NAME;
    }

    private static String find(Map<String, String> environment) {
        String name = environment.getOrDefault("HOSTNAME", environment.getOrDefault("COMPUTERNAME", ""));
        if (name.isEmpty()) {
            try {
                name = InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException e) {
                return ""; // its name does not resolve: there is none to show
            }
        }
        return Utf8.cut(name, Limits.HOST_BYTES_MAX, "");
    }
}
