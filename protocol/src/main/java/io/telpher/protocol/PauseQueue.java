package io.telpher.protocol;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** PAUSE_QUEUE: hands out nothing until RESUME_QUEUE; running tasks go on. Answered by QUEUE. */
public final class PauseQueue extends Message {
    public PauseQueue() {
        super(MessageType.PAUSE_QUEUE);
    }

    public PauseQueue wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, String queue, boolean refuseSubmits) {
        return out.begin(MessageType.PAUSE_QUEUE, requestId)
                .u8(refuseSubmits ? 1 : 0)
                .pad()
                .var(queue)
                .end();
    }

    /** Submits are answered QUEUE_PAUSED too. */
    public boolean refuseSubmits() {
        return u8(0) != 0;
    }

    public String queue() {
        return string(0);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return name(0, "queue");
    }
}
