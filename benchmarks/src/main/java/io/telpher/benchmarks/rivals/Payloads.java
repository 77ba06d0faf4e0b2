package io.telpher.benchmarks.rivals;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Payloads that can't be compressed, each with the moment it was due in its first 8 bytes. */
final class Payloads {
    private static final int NOISE_BYTES = 8 << 20;

    /** The least of mixed sizes. */
    static final int MIXED_MIN = 100;

    static final int MIXED_MAX = 256 << 10;

    /** Of a Pareto distribution: half are below 317 bytes, 1 % above 200 KiB, and the mean is 3.3 KB. */
    private static final double MIXED_SHAPE = 0.6;

    private final byte[] noise = new byte[NOISE_BYTES];
    private final @Nullable Integer size;

    private Payloads(@Nullable Integer size) {
        this.size = size;
        new Random(1).nextBytes(noise);
    }

    static Payloads of(int bytes) {
        return new Payloads(Math.max(Long.BYTES, bytes));
    }

    static Payloads mixed() {
        return new Payloads(null);
    }

    /** @param dueNanos of {@link System#nanoTime} */
    byte[] next(long dueNanos) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        Integer fixed = size;
        int bytes = fixed == null ? mixed(random.nextDouble()) : fixed;
        byte[] payload = new byte[bytes];
        System.arraycopy(noise, random.nextInt(noise.length - bytes), payload, 0, bytes);
        ByteBuffer.wrap(payload).putLong(dueNanos);
        return payload;
    }

    /** @param random at least 0, less than 1 */
    static int mixed(double random) {
        return (int) Math.min(MIXED_MAX, MIXED_MIN * Math.pow(1 - random, -1 / MIXED_SHAPE));
    }

    static long due(byte[] payload) {
        return ByteBuffer.wrap(payload).getLong();
    }
}
