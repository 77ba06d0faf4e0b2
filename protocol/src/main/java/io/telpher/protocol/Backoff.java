package io.telpher.protocol;

import java.math.BigDecimal;
import java.util.Locale;

/** How the wait grows from retry to retry. The ordinal is the code on the wire. */
public enum Backoff {
    /** As the queue's policy says. */
    INHERIT,
    FIXED,
    LINEAR,
    EXPONENTIAL;

    private static final int DECIMALS = 3;
    private static final BigDecimal FACTOR_MIN = BigDecimal.valueOf(Limits.FACTOR_MILLIS_MIN, DECIMALS);
    private static final BigDecimal FACTOR_MAX = BigDecimal.valueOf(Limits.FACTOR_MILLIS_MAX, DECIMALS);
    private static final Backoff[] BY_CODE = values();

    /** The one with this code (0-255); {@link #INHERIT} for one that a newer sender made up. */
    public static Backoff of(int code) {
        return code < BY_CODE.length ? BY_CODE[code] : INHERIT;
    }

    public static boolean isCode(int code) {
        return code < BY_CODE.length;
    }

    /**
     * A factor as the wire has it, in thousandths.
     *
     * @throws IllegalArgumentException when it is not 1 to 100, or has more than three decimals
     */
    public static int factorMillis(BigDecimal factor) {
        if (factor.compareTo(FACTOR_MIN) < 0 || factor.compareTo(FACTOR_MAX) > 0) {
            throw new IllegalArgumentException(factor + " must be 1 to 100");
        }
        try {
            return factor.movePointRight(DECIMALS).intValueExact();
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(factor + " has more than three decimals", e);
        }
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
