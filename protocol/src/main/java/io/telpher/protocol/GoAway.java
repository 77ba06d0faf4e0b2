package io.telpher.protocol;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** GOAWAY: the sender closes after what is under way; the other side sends nothing new. No reply. */
public final class GoAway extends Message {
    public GoAway() {
        super(MessageType.GOAWAY);
    }

    public GoAway wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, ErrorCode code, String reason) {
        return out.begin(MessageType.GOAWAY, requestId)
                .u16(code.code())
                .pad()
                .var(reason)
                .end();
    }

    /** An {@link ErrorCode} number. */
    public int code() {
        return u16(0);
    }

    public String reason() {
        return string(0);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return atMost(0, "reason", Limits.NOTE_BYTES_MAX);
    }
}
