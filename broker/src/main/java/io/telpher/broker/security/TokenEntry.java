package io.telpher.broker.security;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One entry of tokens.json: a client, known by token or client certificate, and its rules.
 *
 * @param id public; the first part of the token
 * @param name for people and the audit log
 * @param sha256 of the token, lower-case hex; null when only the certificate counts
 * @param san of the client certificate, like {@code dns:worker-7.example.org}; null when only the token counts
 * @param allow rules like {@code submit} and {@code work:mail}
 * @param deny the same; wins
 * @param expires null = never
 */
public record TokenEntry(
        String id,
        String name,
        @Nullable String sha256,
        @Nullable String san,
        List<String> allow,
        List<String> deny,
        Instant created,
        @Nullable Instant expires) {
    boolean isOver(Instant now) {
        return expires != null && !expires.isAfter(now);
    }

    /** @throws IllegalArgumentException when a rule or the certificate's name is none */
    public void check() {
        if (san != null && !CertificateNames.isOne(san)) {
            throw new IllegalArgumentException(
                    "\"" + san + "\" is not like dns:host (lower-case), uri:spiffe://x/y, email:a@b or ip:10.0.0.1");
        }
        principal("");
    }

    /**
     * @param proof see {@link Principal}
     * @throws IllegalArgumentException when a rule is none
     */
    Principal principal(String proof) {
        return new Principal(
                id,
                proof,
                name,
                allow.stream().map(Rule::parse).toList(),
                deny.stream().map(Rule::parse).toList());
    }

    /** The hash is of no use without the token, but there is no need to show it either. */
    @Override
    public String toString() {
        return name + " (" + id + ")";
    }
}
