package io.telpher.broker.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/**
 * The text of a token: {@code tq_ID_SECRET}. The secret has 256 bits of chance, so a plain SHA-256 of it is as safe to keep as a slow hash: there
 * is nothing to guess from.
 */
public final class Token {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int ID_BYTES = 5;
    private static final int SECRET_BYTES = 32;
    private static final String PREFIX = "tq_";

    private Token() {}

    public static String newId() {
        return HexFormat.of().formatHex(random(ID_BYTES));
    }

    /** A new one; shown once, kept nowhere. */
    public static String of(String id) {
        return PREFIX + id + "_" + Base64.getUrlEncoder().withoutPadding().encodeToString(random(SECRET_BYTES));
    }

    private static byte[] random(int bytes) {
        byte[] random = new byte[bytes];
        RANDOM.nextBytes(random);
        return random;
    }

    /** The id that a token claims to have; empty when it has no such form. */
    static String id(String token) {
        int end = token.indexOf('_', PREFIX.length());
        return token.startsWith(PREFIX) && end > 0 ? token.substring(PREFIX.length(), end) : "";
    }

    public static String sha256(String token) {
        try {
            byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
