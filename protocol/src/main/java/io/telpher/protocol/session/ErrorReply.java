package io.telpher.protocol.session;

import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** ERROR: the request was refused and changed nothing. */
public final class ErrorReply extends Message {
    public ErrorReply() {
        super(MessageType.ERROR);
    }

    public ErrorReply wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, Problem problem, int retryAfterMs, String hint) {
        return out.begin(MessageType.ERROR, requestId)
                .u16(problem.code().code())
                .u16(0)
                .i32(retryAfterMs)
                .var(problem.message())
                .var(hint)
                .end();
    }

    /** Null for a code that a newer broker made up. */
    public @Nullable ErrorCode code() {
        return ErrorCode.of(u16(0));
    }

    /** When to try again, 0 when that would not help. */
    public int retryAfterMs() {
        return i32(4);
    }

    public String message() {
        return string(0);
    }

    /** The next step, for people; may be empty. */
    public String hint() {
        return string(1);
    }
}
