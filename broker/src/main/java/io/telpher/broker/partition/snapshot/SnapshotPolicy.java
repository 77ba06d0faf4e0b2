package io.telpher.broker.partition.snapshot;

/**
 * When a snapshot is taken by itself: so often that a start replays a second or two, so rarely that writing it stays cheaper than the journal.
 *
 * @param journalBytes bytes appended since the last snapshot, but not before twice the last snapshot's size or a tenth of the journal's; after half a
 *     million records, too, or half as many as there are tasks
 * @param intervalMs after this time, when a sixteenth of those bytes was appended: an idle broker leaves the disk alone
 * @param onStop whether a clean stop ends with one
 */
public record SnapshotPolicy(long journalBytes, long intervalMs, boolean onStop) {
    public static final SnapshotPolicy DEFAULT = new SnapshotPolicy(256L << 20, 600_000, true);

    private static final int FEW = 16;

    /**
     * With many large tasks waiting a snapshot costs more than what came meanwhile, and a tenth more of the journal is within what compaction leaves
     * room for.
     */
    private static final int JOURNAL_SHARE = 10;

    /** Small records make a long replay of few bytes: about half a second of it. */
    private static final long RECORDS = 500_000;

    /** A snapshot has about 48 bytes a task, so this is half as many records as there are tasks: many tasks are not written all the time. */
    private static final int BYTES_A_RECORD = 100;

    /** The policy of one of {@code partitions}: together they keep no more journal than a single one would. */
    public SnapshotPolicy sharedBy(int partitions) {
        return new SnapshotPolicy(journalBytes / partitions, intervalMs, onStop);
    }

    /**
     * @param appendedRecords since the last snapshot, like the bytes and the time
     * @param lastBytes size of the last snapshot, 0 when there is none
     * @param keptBytes of the journal on the disk when that was taken
     */
    public boolean isDue(long appendedBytes, long appendedRecords, long sinceMs, long lastBytes, long keptBytes) {
        if (appendedRecords >= Math.max(RECORDS, lastBytes / BYTES_A_RECORD)) {
            return true;
        }
        long enough = Math.max(journalBytes, Math.max(2 * lastBytes, keptBytes / JOURNAL_SHARE));
        return appendedBytes >= enough || sinceMs >= intervalMs && appendedBytes >= enough / FEW;
    }
}
