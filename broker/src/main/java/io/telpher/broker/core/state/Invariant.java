package io.telpher.broker.core.state;

/** Checks that stay on in production: a partition whose rules are broken must stop before it answers anything else. */
public final class Invariant {
    private Invariant() {}

    /** @throws IllegalStateException naming the rule when it does not hold */
    public static void check(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalStateException("invariant broken: " + rule);
        }
    }
}
