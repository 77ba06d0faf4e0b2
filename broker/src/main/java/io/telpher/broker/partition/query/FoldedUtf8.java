package io.telpher.broker.partition.query;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** UTF-8 bytes as {@link TextSearch} takes them: a character each, ASCII letters in lower case. Nothing is copied or decoded. */
final class FoldedUtf8 implements CharSequence {
    private static final int BYTE_MASK = 0xFF;

    private final ByteBuffer bytes;
    private final int offset;
    private final int length;

    FoldedUtf8(ByteBuffer bytes, int offset, int length) {
        this.bytes = bytes;
        this.offset = offset;
        this.length = length;
    }

    static FoldedUtf8 of(String text) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        return new FoldedUtf8(bytes, 0, bytes.limit());
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public char charAt(int index) {
        char letter = (char) (bytes.get(offset + index) & BYTE_MASK);
        return letter >= 'A' && letter <= 'Z' ? (char) (letter + ('a' - 'A')) : letter;
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return new FoldedUtf8(bytes, offset + start, end - start);
    }
}
