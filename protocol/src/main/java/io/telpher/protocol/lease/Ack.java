package io.telpher.protocol.lease;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.Result;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.task.NestedSubmits;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** ACK: done. Result and follow-up tasks are atomic with it. Answered by TASK_STATE. */
public final class Ack extends Message {
    public Ack() {
        super(MessageType.ACK);
    }

    public Ack wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(
            FrameWriter out, int requestId, long taskId, long leaseId, Result result, ByteBuffer followUpFrames) {
        return out.begin(MessageType.ACK, requestId)
                .i64(taskId)
                .i64(leaseId)
                .exact(result.contentType())
                .var(result.bytes())
                .var(followUpFrames)
                .end();
    }

    public long taskId() {
        return i64(0);
    }

    public long leaseId() {
        return i64(8);
    }

    /** Empty when there is no result. */
    public String resultContentType() {
        return string(0);
    }

    public boolean hasResult() {
        return varLength(1) > 0 || varLength(0) > 0;
    }

    public int resultLength() {
        return varLength(1);
    }

    public byte[] result() {
        return bytes(1);
    }

    /** SUBMIT frames. */
    public Frames followUps() {
        return new Frames(buffer(), varOffset(2), varLength(2));
    }

    public boolean hasFollowUps() {
        return varLength(2) > 0;
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        Problem problem = Problem.first(
                text(0, "result content type", Limits.CONTENT_TYPE_BYTES_MAX), payloadAtMost(1, "result", limits));
        return problem != null || !hasFollowUps() ? problem : NestedSubmits.problem(followUps(), -1, limits);
    }
}
