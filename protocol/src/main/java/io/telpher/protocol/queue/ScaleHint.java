package io.telpher.protocol.queue;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** SCALE_HINT: how many workers a queue needs. Answered by SCALE. */
public final class ScaleHint extends Message {
    public ScaleHint() {
        super(MessageType.SCALE_HINT);
    }

    public ScaleHint wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(
            FrameWriter out, int requestId, int slotsPerWorker, long targetDrainMs, String queue) {
        return out.begin(MessageType.SCALE_HINT, requestId)
                .i32(slotsPerWorker)
                .i32(0)
                .i64(targetDrainMs)
                .var(queue)
                .end();
    }

    public int slotsPerWorker() {
        return i32(0);
    }

    /** In how many milliseconds the present backlog should be gone. */
    public long targetDrainMs() {
        return i64(8);
    }

    public String queue() {
        return string(0);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return Problem.first(
                Problem.within("slots_per_worker", slotsPerWorker(), 1, 100_000),
                Problem.within("target_drain (ms)", targetDrainMs(), 1, Limits.DELAY_MS_MAX),
                name(0, "queue"));
    }
}
