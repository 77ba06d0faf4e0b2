package io.telpher.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Texts on the wire. A Java or JSON string may hold half of a surrogate pair, which no UTF-8 stands for: encoders write {@code ?} for it, so two
 * different keys would become one. Such texts are refused where they enter.
 */
public final class Utf8 {
    private static final long NOT_ASCII = 0x8080_8080_8080_8080L;
    private static final int CONTINUATION_MASK = 0xC0;
    private static final int CONTINUATION = 0x80;

    private Utf8() {}

    /** Index of the first surrogate without its other half, -1 when there is none. */
    public static int unpairedSurrogate(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean isPair = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!isPair) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }

    /** @throws IllegalArgumentException when the text holds half of a surrogate pair */
    public static byte[] bytes(String text) {
        int at = unpairedSurrogate(text);
        if (at >= 0) {
            throw new IllegalArgumentException(
                    "a text holds half of a surrogate pair at index " + at + "; UTF-8 can't carry it");
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The text that {@code length} bytes of a buffer hold; its position stays. */
    public static String text(ByteBuffer buffer, int offset, int length) {
        byte[] bytes = new byte[length];
        buffer.get(offset, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The text in at most {@code bytesMax} bytes: a longer one ends before a whole character, with {@code mark} behind it. */
    public static String cut(String text, int bytesMax, String mark) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= bytesMax) {
            return text;
        }
        int length = bytesMax - mark.getBytes(StandardCharsets.UTF_8).length;
        while (length > 0 && (bytes[length] & CONTINUATION_MASK) == CONTINUATION) {
            length--;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8) + mark;
    }

    /** Whether these bytes are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
    public static boolean isValid(ByteBuffer buffer, int offset, int length) {
        int end = offset + length;
        int at = offset;
        while (at < end) {
            if (end - at >= Long.BYTES && (buffer.getLong(at) & NOT_ASCII) == 0) {
                at += Long.BYTES;
            } else {
                int bytes = characterBytes(buffer, at, end);
                if (bytes == 0) {
                    return false;
                }
                at += bytes;
            }
        }
        return true;
    }

    /** Bytes of the character that begins here, 0 when none does. */
    private static int characterBytes(ByteBuffer buffer, int at, int end) {
        int first = buffer.get(at) & 0xFF;
        if (first < 0x80) {
            return 1;
        }
        int bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
        if (first < 0xC2 || first > 0xF4 || end - at < bytes) {
            return 0;
        }
        int second = buffer.get(at + 1) & 0xFF;
        int least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        int most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (second < least || second > most) {
            return 0;
        }
        for (int i = 2; i < bytes; i++) {
            if ((buffer.get(at + i) & CONTINUATION_MASK) != CONTINUATION) {
                return 0;
            }
        }
        return bytes;
    }
}
