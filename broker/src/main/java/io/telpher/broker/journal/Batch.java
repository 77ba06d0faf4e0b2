package io.telpher.broker.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** Records that are appended, synced and released together. Filled by the partition's thread, reused by the journal. */
public final class Batch {
    /** Doubled four times it holds what a batch is closed at and one frame more. */
    private static final int INITIAL_BYTES = 72 << 10;

    /** A batch that grew beyond this by one large frame gives the memory back. */
    private static final int KEPT_BYTES_MAX = 4 << 20;

    private final CRC32C crc = new CRC32C();
    private final Record record = new Record();
    private ByteBuffer buffer = allocate(INITIAL_BYTES);
    private int count;
    private boolean needsSync;
    private boolean isLocal;
    private long firstPlace;
    private long localBefore;
    private long location;

    Batch() {
        clear();
    }

    void clear() {
        if (buffer.capacity() > KEPT_BYTES_MAX) {
            buffer = allocate(INITIAL_BYTES);
        }
        buffer.clear().position(Framing.BATCH_HEADER_BYTES);
        count = 0;
        needsSync = false;
        isLocal = false;
    }

    /** Empty, and for records of this machine alone. */
    Batch local() {
        isLocal = true;
        return this;
    }

    /**
     * Adds the frame: {@code frame}'s remaining bytes, which it reads.
     *
     * @param durable the reply to it promises durability; a batch without such records needs no sync of its own
     */
    public void add(long stampMs, long session, ByteBuffer frame, boolean durable) {
        int frameBytes = frame.remaining();
        reserve(Framing.recordBytes(frameBytes));
        int at = buffer.position();
        int frameAt = at + Framing.RECORD_HEADER_BYTES;
        buffer.position(frameAt).put(frame);
        while (buffer.position() < at + Framing.recordBytes(frameBytes)) {
            buffer.put((byte) 0);
        }
        int next = buffer.position();
        crc.reset();
        crc.update(buffer.limit(frameAt + frameBytes).position(frameAt));
        buffer.limit(buffer.capacity()).position(next);
        buffer.putInt(at + Framing.RECORD_FRAME_BYTES, frameBytes)
                .putInt(at + Framing.RECORD_CRC, (int) crc.getValue())
                .putLong(at + Framing.RECORD_STAMP, stampMs)
                .putLong(at + Framing.RECORD_SESSION, session);
        count++;
        needsSync |= durable;
    }

    public int count() {
        return count;
    }

    /** Header and records. */
    public int bytes() {
        return buffer.position();
    }

    /** Of memory; more than {@link #bytes}. */
    int heldBytes() {
        return buffer.capacity();
    }

    boolean needsSync() {
        return needsSync;
    }

    boolean isLocal() {
        return isLocal;
    }

    /** Of its last record, or of the one before when it is empty. */
    long lastPlace() {
        return firstPlace + count - 1;
    }

    /** Of its last record that has one, or of the one before. */
    long lastSequence() {
        return lastPlace() - localUpTo();
    }

    /** How many of the records up to its end have no sequence. */
    long localUpTo() {
        return localBefore + (isLocal ? count : 0);
    }

    /**
     * Completes the header; the batch's bytes are then those between 0 and {@link #bytes}.
     *
     * @param first the place of its first record
     * @param local how many of the records before have no sequence
     */
    ByteBuffer seal(long run, long first, long local, long syncedPlace) {
        firstPlace = first;
        localBefore = local;
        int end = buffer.position();
        buffer.putInt(Framing.BATCH_MAGIC, Framing.MAGIC)
                .putShort(Framing.BATCH_VERSION, (short) Framing.VERSION)
                .putShort(Framing.BATCH_FLAGS, (short) (isLocal ? Framing.LOCAL : 0))
                .putLong(Framing.BATCH_RUN, run)
                .putLong(Framing.BATCH_FIRST_PLACE, first)
                .putInt(Framing.BATCH_COUNT, count)
                .putInt(Framing.BATCH_BODY_BYTES, end - Framing.BATCH_HEADER_BYTES)
                .putLong(Framing.BATCH_SYNCED_PLACE, syncedPlace)
                .putLong(Framing.BATCH_LOCAL_BEFORE, local)
                .putInt(Framing.BATCH_BODY_CRC, headersCrc())
                .putInt(Framing.BATCH_HEADER_CRC, Framing.crc(buffer, 0, Framing.BATCH_HEADER_CRC));
        return buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(0).limit(end);
    }

    /**
     * Fills the empty batch with the records of a sealed one, as they are: frames, stamps, sessions and checksums.
     *
     * @param sealed intact, from its header on
     */
    void load(ByteBuffer sealed) {
        int bytes = Framing.BATCH_HEADER_BYTES + sealed.getInt(sealed.position() + Framing.BATCH_BODY_BYTES);
        reserve(bytes - Framing.BATCH_HEADER_BYTES);
        count = sealed.getInt(sealed.position() + Framing.BATCH_COUNT);
        int from = sealed.position() + Framing.BATCH_HEADER_BYTES;
        buffer.put(sealed.duplicate().limit(sealed.position() + bytes).position(from));
    }

    /** Whether the batch at {@code at} is this one, as {@link #seal} left it: both checksums of its header, which covers those of all frames, are the same. */
    boolean isSealedAs(ByteBuffer other, int at) {
        return buffer.getLong(Framing.BATCH_BODY_CRC) == other.getLong(at + Framing.BATCH_BODY_CRC)
                && buffer.getLong(Framing.BATCH_RUN) == other.getLong(at + Framing.BATCH_RUN)
                && buffer.getLong(Framing.BATCH_FIRST_PLACE) == other.getLong(at + Framing.BATCH_FIRST_PLACE);
    }

    private int headersCrc() {
        crc.reset();
        ByteBuffer view = buffer.duplicate();
        int at = Framing.BATCH_HEADER_BYTES;
        for (int i = 0; i < count; i++) {
            crc.update(view.limit(at + Framing.RECORD_HEADER_BYTES).position(at));
            at += Framing.recordBytes(buffer.getInt(at + Framing.RECORD_FRAME_BYTES));
        }
        return (int) crc.getValue();
    }

    /** @param batchLocation where its first byte lies in the journal */
    void appendedAt(long batchLocation) {
        location = batchLocation;
    }

    long location() {
        return location;
    }

    void handOver(RecordHandler handler) {
        deliver(buffer, 0, location, record, handler);
    }

    /** Hands over the records of the intact batch at {@code at}. */
    static void deliver(ByteBuffer buffer, int at, long location, Record record, RecordHandler handler) {
        int count = buffer.getInt(at + Framing.BATCH_COUNT);
        int position = at + Framing.BATCH_HEADER_BYTES;
        for (int i = 0; i < count; i++) {
            int frame = position + Framing.RECORD_HEADER_BYTES;
            handler.onRecord(record.wrap(buffer, at, i, position, Location.plus(location, frame - at)));
            position += Framing.recordBytes(buffer.getInt(position + Framing.RECORD_FRAME_BYTES));
        }
    }

    private void reserve(int bytes) {
        if (buffer.remaining() < bytes) {
            int capacity = Math.max(buffer.capacity() * 2, Math.addExact(buffer.position(), bytes));
            buffer = allocate(capacity).put(buffer.flip());
        }
    }

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
