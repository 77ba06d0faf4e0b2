package io.telpher.broker.partition.intake;

import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Utf8;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.queue.NoteQueue;
import io.telpher.protocol.queue.PauseQueue;
import java.nio.ByteBuffer;

/**
 * Writes into a command who gives it, where people are told later. The core does not know clients, and the client's own word for it does not count.
 */
final class SignedCommands {
    private final FrameWriter out = new FrameWriter();
    private final PauseQueue pause = new PauseQueue();
    private final NoteQueue note = new NoteQueue();

    /** The command as it is journaled; valid until the next call. */
    ByteBuffer by(Session session, MessageType type, ByteBuffer buffer, int offset) {
        String by = Utf8.cut(session.principal(), Limits.PRINCIPAL_BYTES_MAX, "");
        if (type == MessageType.PAUSE_QUEUE) {
            pause.wrap(buffer, offset);
            PauseQueue.write(out.clear(), pause.requestId(), pause.queue(), pause.refuseSubmits(), pause.reason(), by);
        } else {
            note.wrap(buffer, offset);
            NoteQueue.write(out.clear(), note.requestId(), note.queue(), note.note(), by);
        }
        return out.written();
    }
}
