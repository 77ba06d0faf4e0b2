package io.telpher.broker.torture;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.zip.CRC32;

/** What a torture task carries: the number of its submission, then random bytes; and its result: the lease under which it was done. */
final class Payload {
    private static final int SMALL_MAX = 4_000;
    private static final int LARGE_MAX = 200_000;
    private static final int LARGE_ONE_IN = 100;

    private Payload() {}

    static byte[] of(long submission, Random random) {
        int more = random.nextInt(random.nextInt(LARGE_ONE_IN) == 0 ? LARGE_MAX : SMALL_MAX);
        byte[] bytes = new byte[Long.BYTES + more];
        random.nextBytes(bytes);
        ByteBuffer.wrap(bytes).putLong(0, submission);
        return bytes;
    }

    /** 0 when this is nothing that {@link #of} made. */
    static long submission(byte[] payload) {
        return payload.length < Long.BYTES ? 0 : ByteBuffer.wrap(payload).getLong(0);
    }

    static long crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return crc.getValue();
    }
}
