package io.telpher.protocol.lease;

import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;

/** One task inside {@link Deliveries}: 48 bytes about this attempt, then the SUBMIT frame as the producer sent it. */
public final class Delivery {
    public static final int HEADER_BYTES = Frame.DELIVERY_HEADER_BYTES;

    private final ByteBuffer buffer;
    private final int end;
    private int next;
    private int offset;

    Delivery(ByteBuffer buffer, int offset, int length) {
        this.buffer = buffer;
        this.next = offset;
        this.end = offset + length;
    }

    public boolean next() {
        if (next >= end) {
            return false;
        }
        offset = next;
        next += HEADER_BYTES + (int) Frame.bytes(buffer, offset + HEADER_BYTES);
        return true;
    }

    /**
     * Writes a delivery's header at the buffer's position.
     *
     * @param leaseMs how long the lease lasts from now
     */
    public static void writeHeader(ByteBuffer out, TaskView task, int leaseMs) {
        out.putLong(task.taskId)
                .putLong(task.leaseId)
                .putLong(task.createdAtMs)
                .putInt(leaseMs)
                .putInt(task.attempts)
                .putInt(task.crashes)
                .putInt(task.replays)
                .putInt(task.maxRetries)
                .putInt(0);
    }

    public long taskId() {
        return buffer.getLong(offset);
    }

    public long leaseId() {
        return buffer.getLong(offset + 8);
    }

    /** Milliseconds since 1970. */
    public long createdAtMs() {
        return buffer.getLong(offset + 16);
    }

    /** Milliseconds from the moment of delivery. */
    public int leaseMs() {
        return buffer.getInt(offset + 24);
    }

    /** 1 for the first. */
    public int attempt() {
        return buffer.getInt(offset + 28);
    }

    public int crashes() {
        return buffer.getInt(offset + 32);
    }

    public int replays() {
        return buffer.getInt(offset + 36);
    }

    public int maxRetries() {
        return buffer.getInt(offset + 40);
    }

    /** A reader over the producer's frame; the buffer must stay. */
    public Submit submit() {
        return new Submit().wrap(buffer, offset + HEADER_BYTES);
    }
}
