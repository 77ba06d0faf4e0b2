package io.telpher.broker.core.state;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** ASCII names compared and hashed where they lie, so that looking one up allocates nothing. */
final class Bytes {
    private Bytes() {}

    static int hash(ByteBuffer buffer, int offset, int length) {
        int hash = 0;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + buffer.get(offset + i);
        }
        return spread(hash);
    }

    /** The same for a text that is in memory. */
    static int hash(String text) {
        return spread(text.hashCode());
    }

    private static int spread(int hash) {
        return (hash ^ hash >>> 16) * 0x85EBCA6B;
    }

    static boolean equal(String text, ByteBuffer buffer, int offset, int length) {
        if (text.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (text.charAt(i) != buffer.get(offset + i)) {
                return false;
            }
        }
        return true;
    }

    static String text(ByteBuffer buffer, int offset, int length) {
        byte[] bytes = new byte[length];
        buffer.get(offset, bytes);
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
