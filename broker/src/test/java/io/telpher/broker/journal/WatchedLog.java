package io.telpher.broker.journal;

/** A log, and somebody who is told when something was appended and before any of it is synced, and of each record that was applied. */
final class WatchedLog implements Log {
    private final Log log;
    private final Runnable appended;
    private final RecordHandler applied;

    WatchedLog(Log log, Runnable appended, RecordHandler applied) {
        this.log = log;
        this.appended = appended;
        this.applied = applied;
    }

    @Override
    public Batch newBatch() {
        return log.newBatch();
    }

    @Override
    public long append(Batch batch) {
        long last = log.append(batch);
        appended.run();
        return last;
    }

    @Override
    public int poll(RecordHandler handler, int batchesMax) {
        return log.poll(
                record -> {
                    handler.onRecord(record);
                    applied.onRecord(record);
                },
                batchesMax);
    }

    @Override
    public boolean isQuick() {
        return log.isQuick();
    }

    @Override
    public long appendedSequence() {
        return log.appendedSequence();
    }

    @Override
    public long releasedSequence() {
        return log.releasedSequence();
    }

    @Override
    public long epoch() {
        return log.epoch();
    }
}
