package io.telpher.broker.security;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A certificate's subject alternative names, as tokens.json writes them: {@code dns:}, {@code uri:}, {@code email:}, {@code ip:}. */
final class CertificateNames {
    private static final int DNS = 2;
    private static final String DNS_KIND = "dns:";
    private static final Map<Integer, String> KINDS = Map.of(1, "email:", DNS, DNS_KIND, 6, "uri:", 7, "ip:");

    private CertificateNames() {}

    /** Whether a certificate can have this name: {@code dns:} ones are lower-case. */
    static boolean isOne(String name) {
        boolean isKind =
                KINDS.values().stream().anyMatch(kind -> name.startsWith(kind) && name.length() > kind.length());
        return isKind && (!name.startsWith(DNS_KIND) || name.equals(name.toLowerCase(Locale.ROOT)));
    }

    static List<String> of(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives != null) {
                for (List<?> alternative : alternatives) {
                    String kind = KINDS.get((Integer) alternative.get(0));
                    if (kind != null) {
                        String name = String.valueOf(alternative.get(1));
                        names.add(kind + (alternative.get(0).equals(DNS) ? name.toLowerCase(Locale.ROOT) : name));
                    }
                }
            }
        } catch (CertificateParsingException e) {
            return List.of(); // unreadable names match no entry
        }
        return names;
    }
}
