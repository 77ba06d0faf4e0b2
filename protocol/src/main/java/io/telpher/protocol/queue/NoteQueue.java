package io.telpher.protocol.queue;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * NOTE_QUEUE: what people should know of a queue, in place of what was noted before. Answered by QUEUE. Who notes it is the broker's to say,
 * as in {@link PauseQueue}.
 */
public final class NoteQueue extends Message {
    public NoteQueue() {
        super(MessageType.NOTE_QUEUE);
    }

    public NoteQueue wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    /**
     * Writes it.
     *
     * @param note at most 1 KiB; empty takes the note away
     * @param by whose doing it is, for the broker to say; empty from a client
     */
    public static FrameWriter write(FrameWriter out, int requestId, String queue, String note, String by) {
        return out.begin(MessageType.NOTE_QUEUE, requestId)
                .var(queue)
                .exact(note)
                .var(by)
                .end();
    }

    public String queue() {
        return string(0);
    }

    /** Empty: there is to be none. */
    public String note() {
        return string(1);
    }

    /** Whose doing it is; empty in what a client sends. */
    public String by() {
        return string(2);
    }

    @Override
    public String detail() {
        return note();
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return Problem.first(
                name(0, "queue"), text(1, "note", Limits.NOTE_BYTES_MAX), text(2, "by", Limits.PRINCIPAL_BYTES_MAX));
    }
}
