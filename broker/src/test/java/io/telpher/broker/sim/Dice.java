package io.telpher.broker.sim;

/** A step's own chance: what a step draws does not depend on which other steps were taken. */
final class Dice {
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private long state;

    Dice(long seed) {
        state = seed;
    }

    void throwFor(long seed, long step) {
        state = mix(seed * GOLDEN + mix(step + GOLDEN));
    }

    long next() {
        state += GOLDEN;
        return mix(state);
    }

    static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
        return z ^ z >>> 31;
    }

    /** 0 to {@code bound - 1}. */
    int below(int bound) {
        return (int) ((next() >>> 33) % bound);
    }

    boolean oneIn(int n) {
        return below(n) == 0;
    }

    boolean percent(int percent) {
        return below(100) < percent;
    }
}
