package io.telpher.protocol.queue;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * PAUSE_QUEUE: hands out nothing until RESUME_QUEUE; running tasks go on. Answered by QUEUE. Who pauses is the broker's to say: it puts the
 * name in before the command is journaled, over whatever the client put there.
 */
public final class PauseQueue extends Message {
    public PauseQueue() {
        super(MessageType.PAUSE_QUEUE);
    }

    public PauseQueue wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, String queue, boolean refuseSubmits) {
        return write(out, requestId, queue, refuseSubmits, "", "");
    }

    /**
     * Writes it.
     *
     * @param reason for people, empty when none is given; at most 1 KiB
     * @param by whose doing it is, for the broker to say; empty from a client
     */
    public static FrameWriter write(
            FrameWriter out, int requestId, String queue, boolean refuseSubmits, String reason, String by) {
        return out.begin(MessageType.PAUSE_QUEUE, requestId)
                .u8(refuseSubmits ? 1 : 0)
                .pad()
                .var(queue)
                .exact(reason)
                .var(by)
                .end();
    }

    /** Submits are answered QUEUE_PAUSED too. */
    public boolean refuseSubmits() {
        return u8(0) != 0;
    }

    public String queue() {
        return string(0);
    }

    /** For people, empty when none was given. */
    public String reason() {
        return string(1);
    }

    /** Whose doing it is; empty in what a client sends. */
    public String by() {
        return string(2);
    }

    @Override
    public String detail() {
        String refusing = refuseSubmits() ? "refusing submits" : "";
        return refusing + (refusing.isEmpty() || reason().isEmpty() ? "" : ": ") + reason();
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return Problem.first(
                name(0, "queue"), text(1, "reason", Limits.NOTE_BYTES_MAX), text(2, "by", Limits.PRINCIPAL_BYTES_MAX));
    }
}
