package io.telpher.broker.partition;

/**
 * When a snapshot is taken by itself.
 *
 * @param journalBytes after so many bytes appended, but not before twice the last snapshot's size: writing snapshots stays cheaper
 *     than writing the journal
 * @param intervalMs after this time, when a sixteenth of those bytes was appended: an idle broker leaves the disk alone
 * @param onStop whether a clean stop ends with one
 */
public record SnapshotPolicy(long journalBytes, long intervalMs, boolean onStop) {
    public static final SnapshotPolicy DEFAULT = new SnapshotPolicy(256L << 20, 600_000, true);

    private static final int FEW = 16;

    /** @param lastBytes size of the last snapshot, 0 when there is none */
    boolean isDue(long appendedBytes, long sinceMs, long lastBytes) {
        long enough = Math.max(journalBytes, 2 * lastBytes);
        return appendedBytes >= enough || sinceMs >= intervalMs && appendedBytes >= enough / FEW;
    }
}
