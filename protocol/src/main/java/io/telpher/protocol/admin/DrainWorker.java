package io.telpher.protocol.admin;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.session.GoAway;
import java.nio.ByteBuffer;

/**
 * DRAIN_WORKER: the connection with this session id is given no more tasks, and told so by {@link GoAway}; or, undone, it is again. Answered by
 * WORKER when nothing of its waits for tasks any more; WORKER_NOT_FOUND when it is no worker's.
 */
public final class DrainWorker extends Message {
    public DrainWorker() {
        super(MessageType.DRAIN_WORKER);
    }

    public DrainWorker wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long sessionId, boolean undo) {
        return out.begin(MessageType.DRAIN_WORKER, requestId)
                .i64(sessionId)
                .u8(undo ? 1 : 0)
                .pad()
                .end();
    }

    public long sessionId() {
        return i64(0);
    }

    public boolean undo() {
        return u8(8) != 0;
    }

    @Override
    public String detail() {
        return undo() ? "undone" : "";
    }
}
