package io.telpher.broker.journal;

import java.util.ArrayDeque;
import java.util.Deque;

/** Batches that were handed over, for those that come next; the last used first, so that few grow large. Not thread-safe. */
final class IdleBatches {
    private final Deque<Batch> batches = new ArrayDeque<>();
    private long bytes;

    /** An empty one. */
    Batch take() {
        Batch batch = batches.poll();
        if (batch == null) {
            return new Batch();
        }
        bytes -= batch.heldBytes();
        return batch;
    }

    /**
     * Empties it, and keeps it unless that would be too much.
     *
     * @param bytesMax held by all that are kept, filled or not
     */
    void keep(Batch batch, long bytesMax) {
        batch.clear();
        if (bytes + batch.heldBytes() <= bytesMax) {
            batches.push(batch);
            bytes += batch.heldBytes();
        }
    }
}
