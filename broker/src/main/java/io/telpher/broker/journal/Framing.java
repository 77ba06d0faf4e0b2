package io.telpher.broker.journal;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The layout of a batch inside one excerpt, little endian: 56 bytes of header, then the records, each 24 bytes of header and the
 * frame, padded to 8. The body's checksum covers the record headers, and those hold the checksum of each frame: one pass over every
 * byte, and a single frame can be verified alone.
 *
 * <p>Every record has a place in the journal of its machine: 1 for the first, no number is left out. Those of a batch with the flag LOCAL are of
 * this machine alone and have no sequence of their own; so a record's sequence is its place less the local records before it.
 */
final class Framing {
    static final int MAGIC = 0x4C45_5442; // "BTEL"
    static final int VERSION = 2;

    /** In {@link #BATCH_FLAGS}. */
    static final int LOCAL = 1;

    static final int BATCH_HEADER_BYTES = 56;
    static final int BATCH_MAGIC = 0;
    static final int BATCH_VERSION = 4;
    static final int BATCH_FLAGS = 6;
    static final int BATCH_RUN = 8;
    static final int BATCH_FIRST_PLACE = 16;
    static final int BATCH_COUNT = 24;
    static final int BATCH_BODY_BYTES = 28;
    static final int BATCH_SYNCED_PLACE = 32;
    /** How many of the records before have no sequence. */
    static final int BATCH_LOCAL_BEFORE = 40;

    static final int BATCH_BODY_CRC = 48;
    static final int BATCH_HEADER_CRC = 52;

    static final int RECORD_HEADER_BYTES = 24;
    static final int RECORD_FRAME_BYTES = 0;
    static final int RECORD_CRC = 4;
    static final int RECORD_STAMP = 8;
    static final int RECORD_SESSION = 16;

    private static final int ALIGNMENT = 8;
    private static final int HEADER_CRC_BEFORE_2 = 44;

    /** Chronicle's own structures, before the first batch of a file, take less. */
    private static final int FIRST_BATCH_BYTES_MAX = 64 << 10;

    private Framing() {}

    static int aligned(int bytes) {
        return bytes + ALIGNMENT - 1 & -ALIGNMENT;
    }

    static int recordBytes(int frameBytes) {
        return RECORD_HEADER_BYTES + aligned(frameBytes);
    }

    static int crc(ByteBuffer buffer, int offset, int bytes) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.duplicate().limit(offset + bytes).position(offset));
        return (int) crc.getValue();
    }

    /**
     * A file of another format would look like one in which nothing is intact.
     *
     * @throws JournalException when its first batch is of an earlier version
     */
    static void requireVersion(Path file, ByteBuffer bytes) {
        for (int at = 0;
                at < Math.min(bytes.limit(), FIRST_BATCH_BYTES_MAX) - BATCH_HEADER_BYTES;
                at += Integer.BYTES) {
            int version = bytes.getInt(at) == MAGIC ? bytes.getShort(at + BATCH_VERSION) : VERSION;
            if (version > 0
                    && version < VERSION
                    && bytes.getInt(at + HEADER_CRC_BEFORE_2) == crc(bytes, at, HEADER_CRC_BEFORE_2)) {
                throw JournalException.older("journal file " + file + " of format " + version);
            }
        }
    }

    /** A batch header that says what it said when it was written. */
    static boolean isHeader(ByteBuffer buffer, int at) {
        return buffer.limit() - at >= BATCH_HEADER_BYTES
                && buffer.getInt(at + BATCH_MAGIC) == MAGIC
                && buffer.getInt(at + BATCH_HEADER_CRC) == crc(buffer, at, BATCH_HEADER_CRC)
                && buffer.getShort(at + BATCH_VERSION) == VERSION;
    }

    static boolean isLocal(ByteBuffer buffer, int at) {
        return (buffer.getShort(at + BATCH_FLAGS) & LOCAL) != 0;
    }

    /** How many of the records up to the end of the batch behind an intact header have no sequence. */
    static long localUpTo(ByteBuffer buffer, int at) {
        return buffer.getLong(at + BATCH_LOCAL_BEFORE) + (isLocal(buffer, at) ? buffer.getInt(at + BATCH_COUNT) : 0);
    }

    /** The whole batch behind an intact header is intact too. */
    static boolean isIntact(ByteBuffer buffer, int at) {
        if (!hasRecordHeaders(buffer, at)) {
            return false;
        }
        int position = at + BATCH_HEADER_BYTES;
        for (int i = buffer.getInt(at + BATCH_COUNT); i > 0; i--) {
            int frameBytes = buffer.getInt(position + RECORD_FRAME_BYTES);
            if (buffer.getInt(position + RECORD_CRC) != crc(buffer, position + RECORD_HEADER_BYTES, frameBytes)) {
                return false;
            }
            position += recordBytes(frameBytes);
        }
        return true;
    }

    /** The record headers of the batch behind an intact header are intact; their frames may not be. */
    static boolean hasRecordHeaders(ByteBuffer buffer, int at) {
        int bodyBytes = buffer.getInt(at + BATCH_BODY_BYTES);
        int count = buffer.getInt(at + BATCH_COUNT);
        int body = at + BATCH_HEADER_BYTES;
        if (count < 0 || bodyBytes < 0 || bodyBytes > buffer.limit() - body) {
            return false;
        }
        CRC32C headers = new CRC32C();
        ByteBuffer view = buffer.duplicate();
        int position = body;
        for (int i = count; i > 0; i--) {
            if (body + bodyBytes - position < RECORD_HEADER_BYTES) {
                return false;
            }
            int frameBytes = buffer.getInt(position + RECORD_FRAME_BYTES);
            int frame = position + RECORD_HEADER_BYTES;
            if (frameBytes < 0 || frameBytes > body + bodyBytes - frame) {
                return false;
            }
            headers.update(view.limit(frame).position(position));
            position += recordBytes(frameBytes);
        }
        return position == body + bodyBytes && (int) headers.getValue() == buffer.getInt(at + BATCH_BODY_CRC);
    }
}
