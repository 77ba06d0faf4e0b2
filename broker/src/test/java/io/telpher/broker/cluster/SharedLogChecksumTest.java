package io.telpher.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32C;
import org.apache.ratis.util.JavaUtils;
import org.apache.ratis.util.PureJavaCrc32C;
import org.junit.jupiter.api.Test;

/** The class that takes the place of one of Raft's library: logs that were written by either are read by the other. */
class SharedLogChecksumTest {
    /** Of the nine digits, as RFC 3720 and all who reckon CRC32C have it. */
    private static final long OF_DIGITS = 0xe3069283L;

    private static final byte[] DIGITS = "123456789".getBytes(StandardCharsets.US_ASCII);

    private final PureJavaCrc32C checksum = new PureJavaCrc32C();

    @Test
    void shouldNotBeTheLibrarys() {
        assertNotEquals(
                JavaUtils.class.getProtectionDomain().getCodeSource().getLocation(),
                PureJavaCrc32C.class.getProtectionDomain().getCodeSource().getLocation());
    }

    @Test
    void shouldGiveTheSameValuesInAnyPieces() {
        checksum.update(DIGITS, 0, DIGITS.length);
        assertEquals(OF_DIGITS, checksum.getValue());
        checksum.reset();
        checksum.update(DIGITS[0]);
        checksum.update(ByteBuffer.wrap(DIGITS, 1, 3));
        checksum.update(DIGITS, 4, DIGITS.length - 4);
        assertEquals(OF_DIGITS, checksum.getValue());
    }

    @Test
    void shouldReckonDirectBuffersFromTheirPosition() {
        byte[] bytes = new byte[10_000];
        new Random(1).nextBytes(bytes);
        CRC32C expected = new CRC32C();
        expected.update(bytes, 77, 9_000);
        checksum.update(
                ByteBuffer.allocateDirect(bytes.length).put(bytes).position(77).limit(9_077));
        assertEquals(expected.getValue(), checksum.getValue());
    }
}
