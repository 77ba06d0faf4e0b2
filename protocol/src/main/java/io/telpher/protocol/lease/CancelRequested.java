package io.telpher.protocol.lease;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** CANCEL_REQUESTED: pushed to the worker that holds the lease. */
public final class CancelRequested extends Message {
    public CancelRequested() {
        super(MessageType.CANCEL_REQUESTED);
    }

    public CancelRequested wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long taskId, long leaseId) {
        return out.begin(MessageType.CANCEL_REQUESTED, requestId)
                .i64(taskId)
                .i64(leaseId)
                .end();
    }

    public long taskId() {
        return i64(0);
    }

    public long leaseId() {
        return i64(8);
    }
}
