package io.telpher.broker.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** One record as the journal hands it back; a flyweight that is valid only during the call it is passed to. */
public final class Record {
    private long place;
    private long sequence;
    private boolean isLocal;
    private long location;
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private int offset;

    /**
     * The record at this index of the batch at {@code at}, whose header is intact.
     *
     * @param recordOffset of its header
     */
    Record wrap(ByteBuffer batch, int at, int index, int recordOffset, long frameLocation) {
        buffer = batch;
        offset = recordOffset;
        place = batch.getLong(at + Framing.BATCH_FIRST_PLACE) + index;
        isLocal = Framing.isLocal(batch, at);
        sequence = place - batch.getLong(at + Framing.BATCH_LOCAL_BEFORE) - (isLocal ? index + 1 : 0);
        location = frameLocation;
        return this;
    }

    /** One of which only its own header is known. */
    Record wrapAlone(ByteBuffer bytes, int recordOffset, long frameLocation) {
        buffer = bytes;
        offset = recordOffset;
        place = RemainsHandler.UNKNOWN;
        sequence = RemainsHandler.UNKNOWN;
        isLocal = false;
        location = frameLocation;
        return this;
    }

    /** The same record, of which this is an intact copy. */
    Record moveTo(ByteBuffer copy, int recordOffset) {
        buffer = copy;
        offset = recordOffset;
        return this;
    }

    /** Bytes before the frame in {@link #copyOf}. */
    public static final int COPY_SKIP = Framing.RECORD_HEADER_BYTES;

    /** The frame as a record has it, header first, so that {@link Store#read(long)} finds it intact wherever the copy is put. */
    public static ByteBuffer copyOf(ByteBuffer frame) {
        int bytes = frame.remaining();
        ByteBuffer copy =
                ByteBuffer.allocate(Framing.RECORD_HEADER_BYTES + bytes).order(ByteOrder.LITTLE_ENDIAN);
        copy.putInt(Framing.RECORD_FRAME_BYTES, bytes)
                .putInt(Framing.RECORD_CRC, Framing.crc(frame, frame.position(), bytes))
                .position(Framing.RECORD_HEADER_BYTES);
        return copy.put(frame.duplicate()).flip();
    }

    /** In the journal of this machine: 1 for the first ever; no number is left out. */
    public long place() {
        return place;
    }

    /**
     * Concerns this machine alone: it changes where something is read, takes no time and no sequence, and is no part of the order that all
     * copies of a partition have in common.
     */
    public boolean isLocal() {
        return isLocal;
    }

    /** 1 for the first ever; no number is left out. Of a local record: that of the record before. */
    public long sequence() {
        return sequence;
    }

    /** Where the frame lies, for {@link Store#read}. */
    public long location() {
        return location;
    }

    /** Little endian; the frame starts at {@link #frameOffset}. */
    public ByteBuffer buffer() {
        return buffer;
    }

    public int frameOffset() {
        return offset + Framing.RECORD_HEADER_BYTES;
    }

    public int frameBytes() {
        return buffer.getInt(offset + Framing.RECORD_FRAME_BYTES);
    }

    /** CRC32C of the frame. */
    public int crc() {
        return buffer.getInt(offset + Framing.RECORD_CRC);
    }

    /** The broker's clock when the record was appended, in ms since 1970. */
    public long stampMs() {
        return buffer.getLong(offset + Framing.RECORD_STAMP);
    }

    /** Who sent it; 0 = the broker itself. */
    public long session() {
        return buffer.getLong(offset + Framing.RECORD_SESSION);
    }
}
