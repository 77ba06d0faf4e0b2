package io.telpher.broker.journal;

import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A batch as a leader proposes it, read apart from {@link AgreedLog}.
 *
 * @param first the sequence of its first record
 * @param beginsEpoch whether its first record is NEW_TERM
 */
public record ProposedBatch(ByteBuffer entry, long epoch, long first, int count, boolean beginsEpoch) {
    private static final int AT = Integer.BYTES;

    public static ProposedBatch read(ByteBuffer proposed) {
        ByteBuffer entry = proposed.slice().order(ByteOrder.LITTLE_ENDIAN);
        int frame = AT + Framing.BATCH_HEADER_BYTES + Framing.RECORD_HEADER_BYTES;
        return new ProposedBatch(
                entry,
                entry.getLong(AT + Framing.BATCH_RUN),
                entry.getLong(AT + Framing.BATCH_FIRST_PLACE),
                entry.getInt(AT + Framing.BATCH_COUNT),
                Frame.typeCode(entry, frame) == MessageType.NEW_TERM.code());
    }

    public void records(RecordHandler handler) {
        Batch.deliver(entry, AT, 0, new Record(), handler);
    }
}
