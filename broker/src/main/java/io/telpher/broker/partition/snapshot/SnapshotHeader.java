package io.telpher.broker.partition.snapshot;

import io.telpher.broker.core.snapshot.DamagedSnapshotException;
import io.telpher.broker.core.snapshot.SnapshotFormat;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.journal.JournalStart;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The first bytes of a snapshot's file.
 *
 * @param semanticsVersion of the broker that applied the last record
 * @param sequence of the last record whose effect is in here
 * @param location of the batch that ends with what is in here
 * @param stampMs of that record, ms since 1970
 * @param place of the last record of that batch
 */
public record SnapshotHeader(
        int partition, int semanticsVersion, long sequence, long location, long term, long stampMs, long place) {
    public static final int BYTES = 64;

    private static final int MAGIC = 0x4E53_5154; // "TQSN"
    private static final int CRC_AT = BYTES - Integer.BYTES;
    /** Above any that could be read all the same. */
    private static final int VERSION_MASK = 0xFFFF;

    /** @param leastSequence what the journal is known to reach to */
    public JournalStart start(long leastSequence) {
        return new JournalStart(place, location, leastSequence);
    }

    ByteBuffer encode() {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(MAGIC)
                .putShort((short) SnapshotFormat.VERSION)
                .putShort((short) 0)
                .putInt(partition)
                .putInt(semanticsVersion)
                .putLong(sequence)
                .putLong(location)
                .putLong(term)
                .putLong(stampMs)
                .putLong(place);
        return bytes.putInt(CRC_AT, crc(bytes)).position(0).limit(BYTES);
    }

    /**
     * @throws DamagedSnapshotException when it is none, or of a later version
     * @throws JournalException when it is of a version that is not read any more
     */
    static SnapshotHeader decode(ByteBuffer bytes) {
        if (bytes.limit() < BYTES || bytes.getInt(0) != MAGIC || bytes.getInt(CRC_AT) != crc(bytes)) {
            throw new DamagedSnapshotException("it has no snapshot's header");
        }
        int version = bytes.getShort(4) & VERSION_MASK;
        if (version < SnapshotFormat.OLDEST_VERSION) {
            throw JournalException.older("snapshots of format " + version);
        }
        if (version > SnapshotFormat.VERSION) {
            throw new DamagedSnapshotException("its format is version " + version + ", this broker reads versions "
                    + SnapshotFormat.OLDEST_VERSION + " to " + SnapshotFormat.VERSION);
        }
        return new SnapshotHeader(
                bytes.getInt(8),
                bytes.getInt(12),
                bytes.getLong(16),
                bytes.getLong(24),
                bytes.getLong(32),
                bytes.getLong(40),
                bytes.getLong(48));
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().limit(CRC_AT).position(0));
        return (int) crc.getValue();
    }
}
