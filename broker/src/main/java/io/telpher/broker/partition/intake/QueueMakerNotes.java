package io.telpher.broker.partition.intake;

import io.telpher.broker.core.Partition;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.QueueMaker;
import java.nio.ByteBuffer;

/**
 * Tells the core in whose name a record makes queues, by a QUEUE_MAKER right before it: only where it names a queue that is not there, which is rare. The core
 * does not know clients, but it has to refuse by their shares, in a replay too.
 */
final class QueueMakerNotes {
    private final Partition partition;
    private final FrameWriter note = new FrameWriter();
    private long toldSession;

    QueueMakerNotes(Partition partition) {
        this.partition = partition;
    }

    /** Ahead of a record of this session's that may make a queue. */
    void tell(Session session, Batch batch, long nowMs) {
        if (toldSession != session.id()) {
            toldSession = session.id();
            long maker = partition.makerOf(session.principal());
            ByteBuffer frame = QueueMaker.write(note.clear(), 0, maker).written();
            batch.add(nowMs, session.id(), frame, false);
        }
    }
}
