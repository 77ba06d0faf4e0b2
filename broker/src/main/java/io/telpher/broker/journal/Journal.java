package io.telpher.broker.journal;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Append, sync, <em>then</em> poll: nothing is applied until the journal hands it back. All methods belong to the partition's thread.
 *
 * <p>Any failure of the medium but of a read is final: every later call throws {@link JournalException}, and nothing that was not released
 * before ever is.
 */
public interface Journal extends AutoCloseable {
    /** Returned by {@link #append} when too much is appended and not yet polled; poll, then try again. */
    long BACK_PRESSURED = -1;

    /** An empty batch to fill; it belongs to the caller until appended. */
    Batch newBatch();

    /**
     * Appends the batch. It is made durable from here or from the next {@link #poll} on, which must follow.
     *
     * @return the sequence of its last record, or {@link #BACK_PRESSURED}: the batch still belongs to the caller
     */
    long append(Batch batch);

    /**
     * Hands over the records of batches that the sync policy has released. May sync a little itself.
     *
     * @return the number of records
     */
    int poll(RecordHandler handler, int batchesMax);

    /**
     * The frame at a location, from its first byte to its last. The buffer is the journal's own and valid until the next call.
     *
     * @throws CorruptJournalException when the bytes there are no frame, or not those that were appended, or the disk does not give them back. That is not final:
     *     it says nothing about others
     */
    ByteBuffer read(long location, int crc);

    /** Like {@link #read(long, int)} for a record's own frame, not one nested in it: the record says which checksum is right. */
    ByteBuffer read(long location);

    /** Whether the file that this location lies in is still there. */
    boolean isKept(long location);

    /** The files that nothing is appended to any more, in no order. */
    List<ClosedFile> closedFiles();

    /** Deletes a closed file: no location in it may be read from here on, and no recovery may need it. */
    void delete(int file);

    /**
     * A file that is complete.
     *
     * @param bytes it takes on the disk, at most
     */
    record ClosedFile(int number, long bytes) {}

    /** Starts making everything appended durable, whatever the policy; {@link #syncedSequence} tells when it is. */
    void sync();

    /** Of the batch that {@link #poll} handed over last, for {@link JournalStart}; {@link Location#NOWHERE} before the first. */
    long polledLocation();

    /** Of the last record appended; 0 before the first. */
    long appendedSequence();

    /** Of the last record that a sync is known to cover. */
    long syncedSequence();

    /** Of this broker's run: greater than any before it on the same journal. */
    long term();

    /** Free space that nothing else may take: for what ends tasks, and for the mapping of the file that is written. */
    long ackRoomBytes();

    /** Bytes that may still be written to the disk the journal lies on. */
    long freeBytes();

    /** Bytes appended since the journal was opened. */
    long appendedBytes();

    /** Bytes the journal takes on the disk, about. */
    long bytes();

    /** Makes everything appended durable and says so in the journal itself. */
    @Override
    void close();
}
