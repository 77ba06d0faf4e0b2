package io.telpher.protocol.admin;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** WORKERS: who is connected and what they hold. Answered by WORKER_LIST. */
public final class Workers extends Message {
    public Workers() {
        super(MessageType.WORKERS);
    }

    public Workers wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, int limit) {
        return out.begin(MessageType.WORKERS, requestId).i32(limit).pad().end();
    }

    public int limit() {
        return i32(0);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return Problem.within("limit", limit(), 1, Limits.LIST_MAX);
    }
}
