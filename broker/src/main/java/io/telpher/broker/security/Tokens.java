package io.telpher.broker.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The known clients, as tokens.json has them now. Immutable. */
final class Tokens {
    /** Compared with when the id is unknown, so that it takes as long. */
    private static final String NOBODYS = "0".repeat(64);

    /** An entry, and who it is by one of its proofs. */
    private record Known(TokenEntry entry, Principal principal) {
        static Known by(String proof, TokenEntry entry) {
            return new Known(entry, entry.principal(proof));
        }
    }

    private final Map<String, Known> byId = new HashMap<>();
    private final Map<String, Known> bySan = new HashMap<>();

    Tokens(List<TokenEntry> entries) {
        for (TokenEntry entry : entries) {
            String sha256 = entry.sha256();
            byId.put(entry.id(), Known.by(sha256 == null ? "" : sha256, entry));
            if (entry.san() != null) {
                bySan.put(entry.san(), Known.by(entry.san(), entry));
            }
        }
    }

    /** Null: unknown, or expired. The hashes are compared in constant time; that an id exists is no secret. */
    @Nullable
    Principal byToken(String token, Instant now) {
        Known known = byId.get(Token.id(token));
        String expected = known == null || known.entry().sha256() == null
                ? NOBODYS
                : known.entry().sha256();
        boolean matches = MessageDigest.isEqual(
                expected.getBytes(StandardCharsets.US_ASCII),
                Token.sha256(token).getBytes(StandardCharsets.US_ASCII));
        return known != null && matches && !known.entry().isOver(now) ? known.principal() : null;
    }

    /** The first name of the certificate that is known, whole and exactly; null when none is. */
    @Nullable
    Principal bySan(List<String> names, Instant now) {
        for (String name : names) {
            Known known = bySan.get(name);
            if (known != null && !known.entry().isOver(now)) {
                return known.principal();
            }
        }
        return null;
    }

    /** The principal as it is known now, by the same token or name; null when it no longer is. */
    @Nullable
    Principal now(Principal earlier, Instant now) {
        Known byToken = byId.get(earlier.id());
        Known known = byToken != null && byToken.principal().proof().equals(earlier.proof())
                ? byToken
                : bySan.get(earlier.proof());
        if (known == null
                || !known.entry().id().equals(earlier.id())
                || known.entry().isOver(now)) {
            return null;
        }
        return known.principal();
    }

    /** Whether the time of one of them ended between these two. */
    boolean anyEnded(Instant from, Instant to) {
        return byId.values().stream()
                .anyMatch(known -> known.entry().isOver(to) && !known.entry().isOver(from));
    }

    int count() {
        return byId.size();
    }

    /** By id, for telling what changed. */
    Map<String, TokenEntry> entries() {
        Map<String, TokenEntry> entries = new HashMap<>();
        byId.forEach((id, known) -> entries.put(id, known.entry()));
        return entries;
    }
}
