package io.telpher.broker.journal;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * An order of records that is agreed on elsewhere: batches wait in memory until {@link #agree}, and only then come into the journal of this machine, which
 * may have appended local ones meanwhile. What was not agreed on is gone with the process.
 */
public final class MemoryLog implements Log {
    private static final int PENDING_MAX = 8;

    private final SimulatedJournal journal;
    private final RecordHandler taken;
    private final Deque<Batch> pending = new ArrayDeque<>();
    private long appended;
    private int agreed;

    /** @param taken sees each record when it is appended here; its location means nothing */
    public MemoryLog(SimulatedJournal journal, RecordHandler taken) {
        this.journal = journal;
        this.taken = taken;
        this.appended = journal.appendedSequence();
    }

    /** All that was appended by now is agreed on; returns how many batches that are. */
    public int agree() {
        int more = pending.size() - agreed;
        agreed = pending.size();
        return more;
    }

    @Override
    public Batch newBatch() {
        return journal.newBatch();
    }

    @Override
    public long append(Batch batch) {
        if (pending.size() == PENDING_MAX) {
            return BACK_PRESSURED;
        }
        batch.seal(epoch(), appended + 1, 0, 0);
        batch.handOver(taken);
        pending.add(batch);
        appended += batch.count();
        return appended;
    }

    @Override
    public int poll(RecordHandler handler, int batchesMax) {
        while (agreed > 0 && journal.append(pending.getFirst()) != BACK_PRESSURED) {
            pending.removeFirst();
            agreed--;
        }
        return journal.poll(handler, batchesMax);
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
        return journal.releasedSequence();
    }

    @Override
    public long epoch() {
        return journal.epoch();
    }
}
