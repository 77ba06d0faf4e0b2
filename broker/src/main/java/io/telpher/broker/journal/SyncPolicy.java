package io.telpher.broker.journal;

import java.util.Locale;

/**
 * When a batch counts as kept.
 *
 * @param mode what releases a batch
 * @param intervalMs between syncs, for {@link Mode#INTERVAL}
 */
public record SyncPolicy(Mode mode, long intervalMs) {
    /** See docs/DURABILITY.md for what each promises. */
    public enum Mode {
        /** A batch is released when a sync covers it: nothing confirmed is lost by a power cut. */
        BATCH,
        /** Released at once, synced every so often: a power cut loses at most that. */
        INTERVAL,
        /** Released at once; the operating system decides when to write. */
        NONE
    }

    public static final SyncPolicy BATCH = new SyncPolicy(Mode.BATCH, 0);
    public static final SyncPolicy NONE = new SyncPolicy(Mode.NONE, 0);

    public static SyncPolicy interval(long intervalMs) {
        return new SyncPolicy(Mode.INTERVAL, intervalMs);
    }

    /** For people. */
    public String text() {
        String word = mode.name().toLowerCase(Locale.ROOT);
        return mode == Mode.INTERVAL ? word + " of " + intervalMs + " ms" : word;
    }
}
