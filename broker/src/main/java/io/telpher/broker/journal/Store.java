package io.telpher.broker.journal;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The files on this machine that hold a partition's records. All methods belong to the partition's thread.
 *
 * <p>Any failure of the medium but of a read is final: every later call throws {@link JournalException}.
 */
public interface Store {
    /**
     * The frame at a location, from its first byte to its last. The buffer is the store's own and valid until the next call.
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

    /** An empty batch for records of this machine alone; it belongs to the caller until appended. */
    Batch newLocalBatch();

    /**
     * Appends a batch of {@link #newLocalBatch}: its records have no sequence and take no time. {@link Log#poll} hands them over, in the order in
     * which they were appended here.
     *
     * @return the place of its last record, or {@link Log#BACK_PRESSURED}: the batch still belongs to the caller
     */
    long appendLocal(Batch batch);

    /**
     * Starts making everything appended durable, whatever the policy.
     *
     * @return the place that {@link #syncedPlace} reaches when it is
     */
    long sync();

    /** Of the last record that a sync of these files is known to cover. */
    long syncedPlace();

    /** Of the last record that {@link Log#poll} handed over; 0 before the first ever. */
    long polledPlace();

    /** Of the batch that {@link Log#poll} handed over last, for {@link JournalStart}; {@link Location#NOWHERE} before the first. */
    long polledLocation();

    /** Free space that nothing else may take: for what ends tasks, and for the mapping of the file that is written. */
    long ackRoomBytes();

    /** Bytes that may still be written to the disk the files lie on. */
    long freeBytes();

    /** Bytes appended since the files were opened. */
    long appendedBytes();

    /** Bytes the files take on the disk, about. */
    long bytes();
}
