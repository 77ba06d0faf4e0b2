package io.telpher.broker.core.state;

/**
 * Counts of a partition, for statistics.
 *
 * @param submitted tasks ever accepted
 * @param completed tasks ever completed
 * @param kept tasks in memory, the final ones within their retention included
 */
public record Counts(
        long term,
        long ready,
        long scheduled,
        long retryWait,
        long active,
        long dead,
        long submitted,
        long completed,
        long kept,
        int queues,
        int waiters) {

    /** Tasks that are still to be done: pending or active. */
    public long live() {
        return ready + scheduled + retryWait + active;
    }
}
