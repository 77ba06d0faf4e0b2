package io.telpher.protocol.session;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** COUNTED: how many tasks a command touched. */
public final class Counted extends Message {
    public Counted() {
        super(MessageType.COUNTED);
    }

    public Counted wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long count) {
        return write(out, requestId, count, 0);
    }

    public static FrameWriter write(FrameWriter out, int requestId, long count, long runId) {
        return write(out, requestId, count, runId, 0);
    }

    public static FrameWriter write(FrameWriter out, int requestId, long count, long runId, long refused) {
        return out.begin(MessageType.COUNTED, requestId)
                .i64(count)
                .i64(runId)
                .i64(refused)
                .end();
    }

    public long count() {
        return i64(0);
    }

    /** Of a dry run with a merge patch: number of further tasks whose payload can't be patched. */
    public long refused() {
        return i64(16);
    }

    /** Id of the run that replays the tasks counted, for DLQ_RUNS and DLQ_STOP; 0 = they were replayed at once. */
    public long runId() {
        return i64(8);
    }
}
