package io.telpher.protocol.admin;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** BROKER_STATS: the broker in 18 numbers, in the order of {@link Field}. */
public final class BrokerStats extends Message {
    /** Times in ms where the name says nothing else, sizes in bytes. */
    public enum Field {
        UPTIME_MS,
        TERM,
        LIVE_TASKS,
        READY,
        SCHEDULED,
        RETRY_WAIT,
        ACTIVE,
        DEAD,
        QUEUES,
        CONNECTIONS,
        WAITERS,
        SUBMITTED,
        COMPLETED,
        JOURNAL_BYTES,
        JOURNAL_SEQUENCE,
        DISK_FREE_BYTES,
        /** Of the syncs of the last seconds; 0 when there was none, or the broker is too old to say. */
        SYNC_P99_MICROS,
        /** How many queues there may be; 0 when the broker is too old to say. */
        QUEUES_MAX
    }

    public BrokerStats() {
        super(MessageType.BROKER_STATS);
    }

    public BrokerStats wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    /** @param values one per {@link Field} */
    public static FrameWriter write(FrameWriter out, int requestId, long[] values) {
        out.begin(MessageType.BROKER_STATS, requestId);
        for (long value : values) {
            out.i64(value);
        }
        return out.end();
    }

    public long get(Field field) {
        return i64(field.ordinal() * Long.BYTES);
    }
}
