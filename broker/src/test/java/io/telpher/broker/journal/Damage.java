package io.telpher.broker.journal;

import java.util.Arrays;

/**
 * Bytes on the platter that are not what was written.
 *
 * @param bit within the first byte to flip; negative: {@code length} bytes are zero
 */
public record Damage(int file, int offset, int length, int bit) {
    void apply(byte[] bytes) {
        if (bit >= 0) {
            bytes[offset] ^= (byte) (1 << bit);
        } else {
            Arrays.fill(bytes, offset, Math.min(bytes.length, offset + length), (byte) 0);
        }
    }

    boolean touches(int from, int to) {
        return from < offset + length && to > offset;
    }
}
