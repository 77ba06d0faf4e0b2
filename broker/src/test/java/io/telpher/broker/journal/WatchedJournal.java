package io.telpher.broker.journal;

import java.nio.ByteBuffer;
import java.util.List;

/** The real journal, and somebody who is told when something was appended and before any of it is synced, and of each record that was applied. */
final class WatchedJournal implements Journal {
    private final Journal journal;
    private final Runnable appended;
    private final RecordHandler applied;

    WatchedJournal(Journal journal, Runnable appended, RecordHandler applied) {
        this.journal = journal;
        this.appended = appended;
        this.applied = applied;
    }

    @Override
    public Batch newBatch() {
        return journal.newBatch();
    }

    @Override
    public long append(Batch batch) {
        long last = journal.append(batch);
        appended.run();
        return last;
    }

    @Override
    public int poll(RecordHandler handler, int batchesMax) {
        return journal.poll(
                record -> {
                    handler.onRecord(record);
                    applied.onRecord(record);
                },
                batchesMax);
    }

    @Override
    public ByteBuffer read(long location, int crc) {
        return journal.read(location, crc);
    }

    @Override
    public ByteBuffer read(long location) {
        return journal.read(location);
    }

    @Override
    public boolean isKept(long location) {
        return journal.isKept(location);
    }

    @Override
    public List<ClosedFile> closedFiles() {
        return journal.closedFiles();
    }

    @Override
    public void delete(int file) {
        journal.delete(file);
    }

    @Override
    public void sync() {
        journal.sync();
    }

    @Override
    public long polledLocation() {
        return journal.polledLocation();
    }

    @Override
    public long appendedSequence() {
        return journal.appendedSequence();
    }

    @Override
    public long syncedSequence() {
        return journal.syncedSequence();
    }

    @Override
    public long term() {
        return journal.term();
    }

    @Override
    public long ackRoomBytes() {
        return journal.ackRoomBytes();
    }

    @Override
    public long freeBytes() {
        return journal.freeBytes();
    }

    @Override
    public long appendedBytes() {
        return journal.appendedBytes();
    }

    @Override
    public long bytes() {
        return journal.bytes();
    }

    @Override
    public void close() {
        journal.close();
    }
}
