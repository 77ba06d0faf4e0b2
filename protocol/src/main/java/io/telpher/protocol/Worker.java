package io.telpher.protocol;

import java.nio.ByteBuffer;

/** WORKER: one connection that reserved something, or holds leases. */
public final class Worker extends Message {
    public Worker() {
        super(MessageType.WORKER);
    }

    public Worker wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public long sessionId() {
        return i64(0);
    }

    /** Milliseconds since 1970. */
    public long connectedAtMs() {
        return i64(8);
    }

    /** Milliseconds since 1970. */
    public long lastSeenMs() {
        return i64(16);
    }

    public int leases() {
        return i32(24);
    }

    public int waitingReserves() {
        return i32(28);
    }

    public String worker() {
        return string(0);
    }

    public String clientName() {
        return string(1);
    }

    public String address() {
        return string(2);
    }

    /** {@code i32 leases, i32 waiting reserves}, pad, then worker, client name, address and {@code end()} follow. */
    public static FrameWriter begin(FrameWriter out, long sessionId, long connectedAtMs, long lastSeenMs) {
        return out.begin(MessageType.WORKER, 0)
                .i64(sessionId)
                .i64(connectedAtMs)
                .i64(lastSeenMs);
    }
}
