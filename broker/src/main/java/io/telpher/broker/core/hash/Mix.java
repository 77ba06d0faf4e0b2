package io.telpher.broker.core.hash;

/** A 64-bit mixing function (SplitMix64's finisher), for state hashes and jitter. */
public final class Mix {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private Mix() {}

    public static long mix(long value) {
        long z = value + GOLDEN;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    /** A hash of everything added before and {@code value}; order matters. */
    public static long add(long hash, long value) {
        return mix(hash * 31 + value);
    }

    public static long text(String text) {
        long hash = text.length();
        for (int i = 0; i < text.length(); i++) {
            hash = add(hash, text.charAt(i));
        }
        return hash;
    }
}
