package io.telpher.protocol.record;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/**
 * RELOCATE: a frame that a task still needs, copied forward so that the file it lay in can go. Changes where it is read, nothing else.
 * Journal only.
 */
public final class Relocate extends Message {
    /** Which of a task's frames. */
    public enum Part {
        /** The producer's SUBMIT. */
        SUBMIT,
        /** The worker's last ACK or NACK. */
        OUTCOME,
        /** The PROGRESS with the running attempt's note. */
        NOTE,
        /** One that this broker does not know. */
        NONE;

        private static final Part[] BY_CODE = values();

        static Part of(int code) {
            return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : NONE;
        }
    }

    public Relocate() {
        super(MessageType.RELOCATE);
    }

    public Relocate wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    /** @param skip bytes of {@code content} that lie before the frame */
    public static FrameWriter write(
            FrameWriter out, int requestId, long taskId, long from, Part part, int skip, ByteBuffer content) {
        return out.begin(MessageType.RELOCATE, requestId)
                .i64(taskId)
                .i64(from)
                .i32(part.ordinal())
                .i32(skip)
                .var(content)
                .end();
    }

    public long taskId() {
        return i64(0);
    }

    /** Where the frame lay. A task whose frame has moved since stays as it is. */
    public long from() {
        return i64(8);
    }

    public Part part() {
        return Part.of(i32(16));
    }

    /** Bytes of {@link #content} before the copied frame. */
    public int skip() {
        return i32(20);
    }

    public byte[] content() {
        return bytes(0);
    }

    /** Offset of the copied frame in {@link #buffer}. */
    public int copyOffset() {
        return varOffset(0) + skip();
    }
}
