package io.telpher.protocol;

import java.nio.ByteBuffer;

/** COUNTED: how many tasks a command touched. */
public final class Counted extends Message {
    public Counted() {
        super(MessageType.COUNTED);
    }

    public Counted wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long count) {
        return write(out, requestId, count, 0);
    }

    public static FrameWriter write(FrameWriter out, int requestId, long count, long runId) {
        return out.begin(MessageType.COUNTED, requestId).i64(count).i64(runId).end();
    }

    public long count() {
        return i64(0);
    }

    /** The run that now begins to replay so many tasks, for DLQ_RUNS and DLQ_STOP; 0 = it was done at once. */
    public long runId() {
        return i64(8);
    }
}
