package io.telpher.broker.security;

import java.util.HashMap;
import java.util.Map;

/**
 * Writes refused logins into the audit log without letting an attacker fill it: of each address the first in a minute, then how many
 * there were. Thread-safe.
 */
final class RefusedLogins {
    /** Of further addresses in the same minute only the number is told. */
    private static final int ADDRESSES_MAX = 100;

    private static final String OTHERS = "other addresses";

    private final AuditLog audit;
    private final Map<String, Integer> more = new HashMap<>();

    RefusedLogins(AuditLog audit) {
        this.audit = audit;
    }

    /** @param host where the address without its port, since that changes at each try */
    synchronized void add(String host, String from, String via, String why) {
        String key = more.size() < ADDRESSES_MAX || more.containsKey(host) ? host : OTHERS;
        if (more.merge(key, 0, (count, zero) -> count + 1) == 0 && !key.equals(OTHERS)) {
            audit.add(new AuditLog.Event("", from, via, "LOGIN", "", "UNAUTHENTICATED", why));
        }
    }

    /** Once a minute. */
    synchronized void tellHowMany() {
        more.forEach((host, count) -> {
            if (count > 0) {
                String detail = count + " more in the last minute";
                audit.add(new AuditLog.Event("", host, "", "LOGIN", "", "UNAUTHENTICATED", detail));
            }
        });
        more.clear();
    }
}
