package io.telpher.protocol.task;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** SUBMIT_BATCH: up to 1000 SUBMIT frames, all accepted or none. */
public final class SubmitBatch extends Message {
    public SubmitBatch() {
        super(MessageType.SUBMIT_BATCH);
    }

    public SubmitBatch wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, int count, ByteBuffer submitFrames) {
        return out.begin(MessageType.SUBMIT_BATCH, requestId)
                .i32(count)
                .var(submitFrames)
                .end();
    }

    public int count() {
        return i32(0);
    }

    /** The SUBMIT frames, in order. */
    public Frames tasks() {
        return new Frames(buffer(), varOffset(0), varLength(0));
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        Problem problem = Problem.within("number of tasks", count(), 1, Limits.BATCH_TASKS_MAX);
        return problem != null ? problem : NestedSubmits.problem(tasks(), count(), limits);
    }
}
