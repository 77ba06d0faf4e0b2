package io.telpher.broker.partition;

import io.telpher.broker.core.Partition;
import io.telpher.broker.journal.Batch;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.MessageType;
import io.telpher.protocol.QueueMaker;
import io.telpher.protocol.QueueNames;
import io.telpher.protocol.Reserve;
import java.nio.ByteBuffer;

/**
 * Tells the core in whose name a record makes queues, by a QUEUE_MAKER right before it: only where it names a queue that is not there, which is rare. The core
 * does not know clients, but it has to refuse by their shares, in a replay too.
 */
final class QueueMakerNotes {
    private final Partition partition;
    private final FrameWriter note = new FrameWriter();
    private final QueueNames names = new QueueNames();
    private final Reserve reserve = new Reserve();
    private long toldSession;

    QueueMakerNotes(Partition partition) {
        this.partition = partition;
    }

    void tell(Session session, MessageType type, ByteBuffer buffer, int offset, Batch batch, long nowMs) {
        if (!mayMake(type, buffer, offset) || toldSession == session.id()) {
            return;
        }
        toldSession = session.id();
        long maker = partition.makerOf(session.principal());
        ByteBuffer frame = QueueMaker.write(note.clear(), 0, maker).written();
        batch.add(nowMs, session.id(), frame, false);
    }

    private boolean mayMake(MessageType type, ByteBuffer buffer, int offset) {
        return type.makesQueues()
                && (type != MessageType.RESERVE || reserve.wrap(buffer, offset).waitMs() > 0)
                && isAnyMissing(names.wrap(buffer, offset), buffer);
    }

    private boolean isAnyMissing(QueueNames asked, ByteBuffer buffer) {
        while (asked.next()) {
            if (partition.isMissing(buffer, asked.offset(), asked.length())) {
                return true;
            }
        }
        return false;
    }
}
