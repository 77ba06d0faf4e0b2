package io.telpher.broker.core.hash;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** The reference vectors of SipHash: key 00 01 .. 0f, input 00 01 02 ... */
class SipHashTest {
    private static final long KEY_0 = 0x0706050403020100L;
    private static final long KEY_1 = 0x0f0e0d0c0b0a0908L;

    private static ByteBuffer input(int length) {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < length; i++) {
            buffer.put(i, (byte) i);
        }
        return buffer;
    }

    private static long hash64(int length) {
        return new SipHash()
                .begin(64, KEY_0, KEY_1)
                .update(input(length), 0, length)
                .end();
    }

    @Test
    void shouldGiveTheReferenceHashesOf64Bits() {
        assertEquals(0x726fdb47dd0e0e31L, hash64(0));
        assertEquals(0x74f839c593dc67fdL, hash64(1));
        assertEquals(0xa129ca6149be45e5L, hash64(15));
    }

    @Test
    void shouldGiveTheReferenceHashesOf128Bits() {
        SipHash hash = new SipHash().begin(128, KEY_0, KEY_1);
        assertEquals(0xe6a825ba047f81a3L, hash.end());
        assertEquals(0x930255c71472f66dL, hash.high());
        hash.begin(128, KEY_0, KEY_1).update((byte) 0);
        assertEquals(0x44af996bd8c187daL, hash.end());
        assertEquals(0x45fc229b11597634L, hash.high());
    }

    @Test
    void shouldNotDependOnHowTheInputIsCut() {
        long whole = hash64(61);
        for (int cut = 0; cut <= 61; cut++) {
            SipHash hash = new SipHash().begin(64, KEY_0, KEY_1);
            hash.update(input(61), 0, cut).update(input(61), cut, 61 - cut);
            assertEquals(whole, hash.end(), "cut at " + cut);
        }
    }

    @Test
    void shouldTakeALongAsItsBytesWherever() {
        for (int before = 0; before <= Long.BYTES; before++) {
            ByteBuffer bytes = ByteBuffer.allocate(before + Long.BYTES + 3).order(ByteOrder.LITTLE_ENDIAN);
            bytes.put(0, input(before), 0, before).putLong(before, 0x8899aabbccddeeffL);
            bytes.position(0);
            SipHash hash = new SipHash().begin(64, KEY_0, KEY_1);
            long expected = hash.update(bytes, 0, bytes.capacity()).end();
            hash.begin(64, KEY_0, KEY_1).update(bytes, 0, before).updateLong(0x8899aabbccddeeffL);
            assertEquals(expected, hash.update(bytes, before + Long.BYTES, 3).end(), "after " + before);
        }
    }
}
