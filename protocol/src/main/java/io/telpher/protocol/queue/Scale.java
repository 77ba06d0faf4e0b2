package io.telpher.protocol.queue;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** SCALE: the answer to SCALE_HINT and what it was reckoned from. Rates and times in millionths. */
public final class Scale extends Message {
    public Scale() {
        super(MessageType.SCALE);
    }

    public Scale wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public int workersNeeded() {
        return i32(0);
    }

    public double drainSeconds() {
        return i64(8) / 1e6;
    }

    /** Tasks a second. */
    public double arrivalRate() {
        return i64(16) / 1e6;
    }

    public double meanServiceSeconds() {
        return i64(24) / 1e6;
    }

    public double oldestReadyAgeSeconds() {
        return i64(32) / 1e6;
    }

    public long ready() {
        return i64(40);
    }

    public String queue() {
        return string(0);
    }

    /** Five numbers, each {@code i64} in millionths but the last (ready tasks), the queue's name and {@code end()} follow. */
    public static FrameWriter begin(FrameWriter out, int requestId, int workersNeeded) {
        return out.begin(MessageType.SCALE, requestId).i32(workersNeeded).i32(0);
    }
}
