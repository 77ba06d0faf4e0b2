package io.telpher.broker.journal;

import io.telpher.protocol.frame.FrameValidator;
import java.nio.ByteBuffer;

/** Finds intact records where batches are damaged: each holds the checksum of its own frame. */
final class RecordScan {
    private static final int STEP_BYTES = 4;

    private final RecordHandler handler;
    private final long lastStampMs;
    private final Record record = new Record();
    private long stampMs;

    /** @param lastStampMs no record was written later */
    RecordScan(RecordHandler handler, long lastStampMs) {
        this.handler = handler;
        this.lastStampMs = lastStampMs;
    }

    /** Of an intact batch. */
    void deliver(JournalBytes file, ByteBuffer bytes, int at) {
        Batch.deliver(bytes, at, Location.of(file.number(), at), record, each -> {
            stampMs = each.stampMs();
            handler.onRecord(each);
        });
    }

    /** A batch of which only the header is sure to be intact. */
    void damagedBatch(JournalBytes file, ByteBuffer bytes, int at, int end) {
        int body = at + Framing.BATCH_HEADER_BYTES;
        if (!Framing.hasRecordHeaders(bytes, at) || end - body < bytes.getInt(at + Framing.BATCH_BODY_BYTES)) {
            find(file, bytes, body, end);
            return;
        }
        int position = body;
        for (int i = 0; i < bytes.getInt(at + Framing.BATCH_COUNT); i++) {
            if (isRecord(bytes, position, end)) {
                hand(record.wrap(bytes, at, i, position, location(file, position)), position);
            }
            position += Framing.recordBytes(bytes.getInt(position + Framing.RECORD_FRAME_BYTES));
        }
    }

    /** Whatever is a record by its own checksum, each taken whole: what looks like one inside another is its payload. */
    void find(JournalBytes file, ByteBuffer bytes, int from, int to) {
        int at = from;
        while (at <= to - Framing.RECORD_HEADER_BYTES) {
            if (isRecord(bytes, at, to)) {
                hand(record.wrapAlone(bytes, at, location(file, at)), at);
                at += Framing.recordBytes(bytes.getInt(at + Framing.RECORD_FRAME_BYTES));
            } else {
                at += STEP_BYTES;
            }
        }
    }

    private static boolean isRecord(ByteBuffer bytes, int at, int to) {
        int frame = at + Framing.RECORD_HEADER_BYTES;
        int frameBytes = bytes.getInt(at + Framing.RECORD_FRAME_BYTES);
        return frameBytes > Integer.BYTES
                && frameBytes <= to - frame
                && bytes.getInt(frame) == frameBytes - Integer.BYTES
                && bytes.getInt(at + Framing.RECORD_CRC) == Framing.crc(bytes, frame, frameBytes)
                && FrameValidator.structure(bytes, frame, frameBytes) == null;
    }

    private static long location(JournalBytes file, int at) {
        return Location.of(file.number(), at + Framing.RECORD_HEADER_BYTES);
    }

    private void hand(Record found, int at) {
        ByteBuffer bytes = found.buffer();
        long stamp = found.stampMs();
        if (stamp < stampMs || stamp > lastStampMs) {
            // The frame's checksum does not cover it; a copy of the headers has a time that can be.
            ByteBuffer copy = Record.copyOf(bytes.slice(at + Framing.RECORD_HEADER_BYTES, bytes.getInt(at))
                    .order(bytes.order()));
            copy.putLong(Framing.RECORD_STAMP, stampMs);
            handler.onRecord(found.moveTo(copy, 0));
        } else {
            stampMs = stamp;
            handler.onRecord(found);
        }
    }
}
