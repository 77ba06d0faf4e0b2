package io.telpher.protocol.record;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** PAYLOAD_UNREADABLE: the frame with a task's payload could not be read when it was to be delivered, so the task is dead. Journal only. */
public final class PayloadUnreadable extends Message {
    public PayloadUnreadable() {
        super(MessageType.PAYLOAD_UNREADABLE);
    }

    public PayloadUnreadable wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    /** @param leaseId that the delivery had: under another one the task was delivered, or ended otherwise */
    public static FrameWriter write(FrameWriter out, long taskId, long leaseId, String error) {
        return out.begin(MessageType.PAYLOAD_UNREADABLE, 0)
                .i64(taskId)
                .i64(leaseId)
                .var(error)
                .end();
    }

    public long taskId() {
        return i64(0);
    }

    public long leaseId() {
        return i64(8);
    }

    /** For people: the task's last error. */
    public String error() {
        return string(0);
    }
}
