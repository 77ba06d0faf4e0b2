package io.telpher.protocol.session;

import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * GOAWAY: the sender closes after what is under way; the other side sends nothing new. No reply.
 *
 * <p>With {@link #drain} it is about one worker: the broker tells it to take no more tasks and leave when its own are done, or that this is undone; and
 * a worker that was told so says it again on each new connection.
 */
public final class GoAway extends Message {
    public GoAway() {
        super(MessageType.GOAWAY);
    }

    public GoAway wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    /** Whether this worker is drained. */
    public enum Drain {
        /** Nothing. */
        NONE,
        /** It takes no more tasks. */
        BEGINS,
        /** It does again. */
        UNDONE;

        private static Drain of(int code) {
            return code < values().length ? values()[code] : NONE;
        }
    }

    public static FrameWriter write(FrameWriter out, int requestId, ErrorCode code, String reason) {
        return write(out, requestId, code.code(), Drain.NONE, reason);
    }

    /** About one worker. */
    public static FrameWriter write(FrameWriter out, Drain drain, String reason) {
        return write(out, 0, drain == Drain.UNDONE ? 0 : ErrorCode.DRAINING.code(), drain, reason);
    }

    private static FrameWriter write(FrameWriter out, int requestId, int code, Drain drain, String reason) {
        return out.begin(MessageType.GOAWAY, requestId)
                .u16(code)
                .u8(drain.ordinal())
                .pad()
                .var(reason)
                .end();
    }

    /** An {@link ErrorCode} number; 0 = none. */
    public int code() {
        return u16(0);
    }

    public Drain drain() {
        return Drain.of(u8(2));
    }

    public String reason() {
        return string(0);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return atMost(0, "reason", Limits.NOTE_BYTES_MAX);
    }
}
