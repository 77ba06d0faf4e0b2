package io.telpher.broker.partition.snapshot;

/**
 * When a snapshot is taken by itself: so often that a start replays a second or two, so rarely that writing it stays cheaper than the journal.
 *
 * @param journalBytes bytes appended since the last snapshot, but not before {@code times} the last snapshot's size, or a tenth of the journal's
 * @param times the last snapshot's size
 * @param timesBytesMax however large the last snapshot was, more than twice its size need not be appended when these are
 * @param records after this number of them, too, or half as many as there are tasks
 * @param intervalMs after this time, when a sixteenth of those bytes was appended: an idle broker leaves the disk alone
 * @param onStop whether a clean stop ends with one
 */
public record SnapshotPolicy(
        long journalBytes, int times, long timesBytesMax, long records, long intervalMs, boolean onStop) {
    /** Small records make a long replay of few bytes: about half a second of it. */
    private static final long RECORDS = 500_000;

    private static final int TIMES_MIN = 2;

    public static final SnapshotPolicy DEFAULT = new SnapshotPolicy(256L << 20, 600_000, true);

    /** Of a node: the others serve while it starts, and what it does not write is for the shared log. See docs/decisions/0069. */
    public static final SnapshotPolicy OF_NODE = new SnapshotPolicy(1L << 30, 10, 2L << 30, 4 * RECORDS, 600_000, true);

    private static final int FEW = 16;

    /**
     * With many large tasks waiting a snapshot costs more than what came meanwhile, and a tenth more of the journal is within what compaction leaves
     * room for.
     */
    private static final int JOURNAL_SHARE = 10;

    /** A snapshot has about 48 bytes a task, so this is half as many records as there are tasks: many tasks are not written all the time. */
    private static final int BYTES_A_RECORD = 100;

    /** As a broker by itself has it. */
    public SnapshotPolicy(long journalBytes, long intervalMs, boolean onStop) {
        this(journalBytes, TIMES_MIN, 0, RECORDS, intervalMs, onStop);
    }

    /** The policy of one of {@code partitions}: together they keep no more journal than a single one would. */
    public SnapshotPolicy sharedBy(int partitions) {
        return new SnapshotPolicy(journalBytes / partitions, times, timesBytesMax, records, intervalMs, onStop);
    }

    /**
     * @param appendedRecords since the last snapshot, like the bytes and the time
     * @param lastBytes size of the last snapshot, 0 when there is none
     * @param keptBytes of the journal on the disk when that was taken
     */
    public boolean isDue(long appendedBytes, long appendedRecords, long sinceMs, long lastBytes, long keptBytes) {
        if (appendedRecords >= Math.max(records, lastBytes / BYTES_A_RECORD)) {
            return true;
        }
        long manyTimes = Math.max(TIMES_MIN * lastBytes, Math.min(times * lastBytes, timesBytesMax));
        long enough = Math.max(journalBytes, Math.max(manyTimes, keptBytes / JOURNAL_SHARE));
        return appendedBytes >= enough || sinceMs >= intervalMs && appendedBytes >= enough / FEW;
    }
}
