package io.telpher.protocol.lease;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** NACK: this attempt failed. Answered by TASK_STATE. */
public final class Nack extends Message {
    /** Stands behind an error that was cut to {@link Limits#ERROR_BYTES_MAX}. */
    public static final String CUT = " [cut]";

    public Nack() {
        super(MessageType.NACK);
    }

    public Nack wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(
            FrameWriter out,
            int requestId,
            long taskId,
            long leaseId,
            long retryAfterMs,
            boolean permanent,
            String error) {
        return out.begin(MessageType.NACK, requestId)
                .i64(taskId)
                .i64(leaseId)
                .i64(retryAfterMs)
                .u8(permanent ? 1 : 0)
                .pad()
                .var(error)
                .end();
    }

    public long taskId() {
        return i64(0);
    }

    public long leaseId() {
        return i64(8);
    }

    /** Instead of the backoff; {@link TaskSpec#INHERIT} = let the backoff decide. */
    public long retryAfterMs() {
        return i64(16);
    }

    /** No retry can help: to the DLQ. */
    public boolean permanent() {
        return u8(24) != 0;
    }

    public String error() {
        return string(0);
    }

    /** The first UTF-16 units of the error, {@code charsMax} of them; all of a shorter one. */
    public String errorStart(int charsMax) {
        return stringStart(0, charsMax);
    }

    public int errorLength() {
        return varLength(0);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return Problem.first(
                Problem.within("retry_after_ms", retryAfterMs(), TaskSpec.INHERIT, Limits.DELAY_MS_MAX),
                atMost(0, "error", Limits.ERROR_BYTES_MAX));
    }
}
