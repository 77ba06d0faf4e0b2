package io.telpher.broker.core;

import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameValidator;
import io.telpher.protocol.frame.FrameWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** Records in memory: applied to a partition as they come, read by location, and replayed into a fresh one. */
final class TestJournal {
    private static final int OFFSET_BITS = 24;

    private final List<Entry> entries = new ArrayList<>();

    private static final class Entry {
        private final long stampMs;
        private final long session;
        private final byte[] frame;
        private final ByteBuffer buffer;
        private final int crc;

        Entry(long stampMs, long session, byte[] frame) {
            this.stampMs = stampMs;
            this.session = session;
            this.frame = frame;
            this.buffer = buffer(frame);
            this.crc = crc(frame, 0, frame.length);
        }
    }

    /** Returns how many records there were before. */
    int apply(Partition partition, long stampMs, long session, FrameWriter frame) {
        Entry entry = new Entry(stampMs, session, frame.toBytes());
        if (FrameValidator.structure(frame.written(), 0, frame.size()) != null) {
            throw new IllegalArgumentException("" + FrameValidator.structure(frame.written(), 0, frame.size()));
        }
        entries.add(entry);
        give(partition, entries.size() - 1);
        return entries.size() - 1;
    }

    /** Gives the records from {@code first} on. */
    void replay(Partition partition, int first) {
        replay(partition, first, entries.size());
    }

    void replay(Partition partition, int first, int end) {
        for (int i = first; i < end; i++) {
            give(partition, i);
        }
    }

    private void give(Partition partition, int index) {
        Entry entry = entries.get(index);
        partition.onRecord(entry.stampMs, entry.session, (long) (index + 1) << OFFSET_BITS, entry.crc, entry.buffer, 0);
    }

    /** A partition that saw the same records and nothing else. */
    Partition replay(int partitionId) {
        Partition replayed = new Partition(Placement.alone(partitionId), Outbox.DISCARD);
        for (int i = 0; i < entries.size(); i++) {
            give(replayed, i);
        }
        return replayed;
    }

    /** The frame that starts at this location. */
    byte[] frameAt(long location) {
        byte[] record = entries.get((int) (location >>> OFFSET_BITS) - 1).frame;
        int offset = (int) location & (1 << OFFSET_BITS) - 1;
        byte[] frame = new byte[(int) Frame.bytes(buffer(record), offset)];
        System.arraycopy(record, offset, frame, 0, frame.length);
        return frame;
    }

    int size() {
        return entries.size();
    }

    static ByteBuffer buffer(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    static int crc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }
}
