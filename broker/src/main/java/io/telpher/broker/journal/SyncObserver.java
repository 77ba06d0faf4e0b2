package io.telpher.broker.journal;

/** Is told of each sync. Called by the thread that does it, which waits: be quick. */
@FunctionalInterface
public interface SyncObserver {
    /** @param records that it made durable; 0 for one that only noted what was synced before */
    void synced(long nanos, long records);
}
