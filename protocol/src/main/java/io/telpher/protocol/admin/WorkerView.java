package io.telpher.protocol.admin;

import io.telpher.protocol.frame.Elements;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** WORKER: one connection that has reserved. */
public final class WorkerView extends Message {
    public WorkerView() {
        super(MessageType.WORKER);
    }

    public WorkerView wrap(ByteBuffer buffer, int offset) {
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

    /** A session's id as people are shown it. */
    public static String formatSession(long sessionId) {
        return Long.toHexString(sessionId);
    }

    /** @throws IllegalArgumentException when it is no such text */
    public static long parseSession(String text) {
        try {
            return Long.parseUnsignedLong(text, 16);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a worker session; they look like 1f, in hex", e);
        }
    }

    /** It takes no more tasks. */
    public boolean draining() {
        return u8(32) != 0;
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

    /** Of the client's program, as it says; empty when it does not. */
    public String version() {
        return string(3);
    }

    /** Where the client's program runs, as it says; empty when it does not. */
    public String host() {
        return string(4);
    }

    /** The queues of its last reserve. */
    public Elements queues() {
        return new Elements(buffer(), varOffset(5), varLength(5));
    }

    /**
     * {@code i32 leases, i32 waiting reserves, u8 draining}, pad, then worker, client name, address, version, host, queues and
     * {@code end()} follow.
     */
    public static FrameWriter begin(
            FrameWriter out, int requestId, long sessionId, long connectedAtMs, long lastSeenMs) {
        return out.begin(MessageType.WORKER, requestId)
                .i64(sessionId)
                .i64(connectedAtMs)
                .i64(lastSeenMs);
    }
}
