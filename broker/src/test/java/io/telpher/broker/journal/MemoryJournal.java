package io.telpher.broker.journal;

import java.util.ArrayDeque;
import java.util.Deque;

/** A journal in memory that releases at once, as a node's. */
public final class MemoryJournal implements Log {
    private final Deque<Batch> waiting = new ArrayDeque<>();
    private long appended;
    private volatile long released;

    @Override
    public Batch newBatch() {
        return new Batch();
    }

    @Override
    public long append(Batch batch) {
        batch.seal(1, appended + 1, 0, 0);
        appended += batch.count();
        waiting.add(batch);
        return appended;
    }

    @Override
    public int poll(RecordHandler handler, int batchesMax) {
        int records = 0;
        for (Batch batch = waiting.poll(); batch != null; batch = waiting.poll()) {
            batch.handOver(handler);
            released = batch.lastSequence();
            records += batch.count();
        }
        return records;
    }

    /** As if its end had been lost: it goes on behind this record. */
    public void cutTo(long sequence) {
        appended = sequence;
        released = sequence;
    }

    @Override
    public boolean isQuick() {
        return true;
    }

    @Override
    public long appendedSequence() {
        return appended;
    }

    @Override
    public long releasedSequence() {
        return released;
    }

    @Override
    public long epoch() {
        return 1;
    }
}
