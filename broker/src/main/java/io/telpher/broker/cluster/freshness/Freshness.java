package io.telpher.broker.cluster.freshness;

/**
 * How old the state may be that this node has applied. A sign of the leader's, a heartbeat or a record, says up to which index the log is agreed on. When all of that is applied
 * here, the state is as new as that sign was; until then it is as old as the sign before whose index was reached. So a node that is cut off grows old, and so does one that hears
 * of the leader and has much to catch up with. One sign is waited for at a time: those that come meanwhile are behind it. Thread-safe.
 */
final class Freshness {
    /** Nothing was heard of a leader yet, or what it said is not applied. */
    static final long UNKNOWN = -1;

    /** Not known yet which batch it is. */
    private static final long NO_BATCH = Long.MAX_VALUE;

    /**
     * How far this node is, each an index of the shared log, read in this order.
     *
     * @param passed entry up to which the log was gone through
     * @param handed last batch of it that the partition was, or is being, given
     * @param taken last batch that the partition has applied
     */
    record Progress(long passed, long handed, long taken) {}

    private boolean isKnown;
    /** When the sign came whose index is reached. */
    private long knownNanos;

    private boolean isWaiting;
    private long waitingNanos;
    private long waitingIndex;
    /** Entries that are no batches are never taken: this one is the last before the index, or a later one. */
    private long waitingBatch;

    /**
     * Takes note of a sign.
     *
     * @param heardNanos when it came; may be the one of the last call
     * @param agreedIndex up to which the log was agreed on then, or later
     */
    synchronized void heard(long heardNanos, long agreedIndex, Progress progress) {
        look(progress);
        if (!isWaiting) {
            isWaiting = true;
            waitingNanos = heardNanos;
            waitingIndex = agreedIndex;
            waitingBatch = NO_BATCH;
            look(progress);
        }
    }

    /** There is no leader to be heard, but what the last one said may be reached meanwhile. */
    synchronized void look(Progress progress) {
        if (isWaiting && waitingBatch == NO_BATCH && progress.passed >= waitingIndex) {
            waitingBatch = progress.handed;
        }
        if (isWaiting && progress.taken >= waitingBatch) {
            isWaiting = false;
            isKnown = true;
            knownNanos = waitingNanos;
        }
    }

    /** How old the state is at most; {@link #UNKNOWN} = it can't be said. */
    synchronized long ageNanos(long nowNanos) {
        return isKnown ? Math.max(0, nowNanos - knownNanos) : UNKNOWN;
    }
}
