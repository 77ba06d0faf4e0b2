package io.telpher.protocol.deadletter;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** DLQ_GROUP: dead tasks whose errors differ only in numbers, ids, addresses, paths and what is quoted. */
public final class DlqGroup extends Message {
    public DlqGroup() {
        super(MessageType.DLQ_GROUP);
    }

    public DlqGroup wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public long count() {
        return i64(0);
    }

    /** Milliseconds since 1970. */
    public long firstSeenMs() {
        return i64(8);
    }

    /** Milliseconds since 1970. */
    public long lastSeenMs() {
        return i64(16);
    }

    /** One of them. */
    public long exampleTaskId() {
        return i64(24);
    }

    /** Empty when they are of several types. */
    public String taskType() {
        return string(0);
    }

    /** The error with the parts that differ replaced. */
    public String fingerprint() {
        return string(1);
    }

    /** The two var fields, type and fingerprint, and {@code end()} follow. */
    public static FrameWriter begin(
            FrameWriter out, long count, long firstSeenMs, long lastSeenMs, long exampleTaskId) {
        return out.begin(MessageType.DLQ_GROUP, 0)
                .i64(count)
                .i64(firstSeenMs)
                .i64(lastSeenMs)
                .i64(exampleTaskId);
    }
}
