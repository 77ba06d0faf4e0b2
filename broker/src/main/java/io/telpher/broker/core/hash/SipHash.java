package io.telpher.broker.core.hash;

import java.nio.ByteBuffer;

/**
 * SipHash-2-4 with 64 or 128 bits of output, over ranges of little-endian buffers fed one after another. Reused:
 * {@link #begin}, {@link #update}, then {@link #end}.
 */
public final class SipHash {
    private long v0;
    private long v1;
    private long v2;
    private long v3;
    private long tail;
    private int length;
    private boolean wide;
    private long high;

    /** @param bits 64 or 128 */
    public SipHash begin(int bits, long key0, long key1) {
        wide = bits == 128;
        v0 = key0 ^ 0x736f6d6570736575L;
        v1 = key1 ^ 0x646f72616e646f6dL ^ (wide ? 0xee : 0);
        v2 = key0 ^ 0x6c7967656e657261L;
        v3 = key1 ^ 0x7465646279746573L;
        tail = 0;
        length = 0;
        return this;
    }

    public SipHash update(ByteBuffer buffer, int offset, int bytes) {
        int position = offset;
        int end = offset + bytes;
        while (position < end && (length & 7) != 0) {
            update(buffer.get(position++));
        }
        for (; end - position >= Long.BYTES; position += Long.BYTES) {
            compress(buffer.getLong(position));
            length += Long.BYTES;
        }
        while (position < end) {
            update(buffer.get(position++));
        }
        return this;
    }

    public SipHash update(byte value) {
        tail |= (value & 0xFFL) << ((length & 7) << 3);
        length++;
        if ((length & 7) == 0) {
            compress(tail);
            tail = 0;
        }
        return this;
    }

    /** Eight bytes, little-endian. */
    public SipHash updateLong(long value) {
        int used = (length & 7) << 3;
        compress(tail | value << used);
        tail = used == 0 ? 0 : value >>> Long.SIZE - used;
        length += Long.BYTES;
        return this;
    }

    /** The 64-bit hash, or the low half of the 128-bit one. */
    public long end() {
        compress(tail | (length & 0xFFL) << 56);
        v2 ^= wide ? 0xee : 0xff;
        long low = finalWord();
        if (wide) {
            v1 ^= 0xdd;
            high = finalWord();
        }
        return low;
    }

    /** The high half, after {@link #end}. */
    public long high() {
        return high;
    }

    private long finalWord() {
        round();
        round();
        round();
        round();
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private void compress(long word) {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }

    private void round() {
        v0 += v1;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v3;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v2 = Long.rotateLeft(v2, 32);
    }
}
