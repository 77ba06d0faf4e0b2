package io.telpher.broker.core.table;

import org.jspecify.annotations.Nullable;

/** Checks that stay on in production: a partition whose rules are broken must stop before it answers anything else. */
public final class Invariant {
    private Invariant() {}

    /** What has to be there. */
    public static <T> T present(@Nullable T value, String rule) {
        if (value == null) {
            throw new IllegalStateException("invariant broken: " + rule);
        }
        return value;
    }

    /** @throws IllegalStateException naming the rule when it does not hold */
    public static void check(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalStateException("invariant broken: " + rule);
        }
    }
}
