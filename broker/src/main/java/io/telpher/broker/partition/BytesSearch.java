package io.telpher.broker.partition;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Finds one text in UTF-8 bytes, whatever case its ASCII letters have, in time linear in them, as {@link TextSearch} does. */
final class BytesSearch {
    private final byte[] wanted;
    private final int[] shorter;

    BytesSearch(String text) {
        this.wanted = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < wanted.length; i++) {
            wanted[i] = lower(wanted[i]);
        }
        this.shorter = new int[wanted.length + 1];
        for (int i = 1, matched = 0; i < wanted.length; i++) {
            matched = advance(matched, wanted[i]);
            shorter[i + 1] = matched;
        }
    }

    boolean isIn(String text) {
        return isIn(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0, -1);
    }

    /** @param length -1 = up to the buffer's end */
    boolean isIn(ByteBuffer bytes, int offset, int length) {
        int end = length < 0 ? bytes.limit() : offset + length;
        int matched = 0;
        for (int i = offset; i < end && matched < wanted.length; i++) {
            matched = advance(matched, lower(bytes.get(i)));
        }
        return matched == wanted.length;
    }

    private int advance(int from, byte next) {
        int matched = from;
        while (matched > 0 && wanted[matched] != next) {
            matched = shorter[matched];
        }
        return wanted[matched] == next ? matched + 1 : 0;
    }

    private static byte lower(byte letter) {
        return letter >= 'A' && letter <= 'Z' ? (byte) (letter + ('a' - 'A')) : letter;
    }
}
