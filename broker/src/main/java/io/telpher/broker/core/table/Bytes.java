package io.telpher.broker.core.table;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** ASCII names compared where they lie, so that looking one up allocates nothing. */
public final class Bytes {
    private Bytes() {}

    public static boolean equal(String text, ByteBuffer buffer, int offset, int length) {
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
