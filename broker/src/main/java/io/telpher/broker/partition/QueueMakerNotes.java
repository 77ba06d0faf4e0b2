package io.telpher.broker.partition;

import io.telpher.broker.core.Partition;
import io.telpher.broker.journal.Batch;
import io.telpher.protocol.Ack;
import io.telpher.protocol.Elements;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.Frames;
import io.telpher.protocol.MessageType;
import io.telpher.protocol.PutQueue;
import io.telpher.protocol.QueueMaker;
import io.telpher.protocol.Reserve;
import io.telpher.protocol.Submit;
import io.telpher.protocol.SubmitBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Tells the core in whose name a record makes queues, by a QUEUE_MAKER right before it: only where it names a queue that is not there, which is rare. The core
 * does not know clients, but it has to refuse by their shares, in a replay too.
 */
final class QueueMakerNotes {
    private final Partition partition;
    private final FrameWriter note = new FrameWriter();
    private final Submit submit = new Submit();
    private final SubmitBatch submits = new SubmitBatch();
    private final Ack ack = new Ack();
    private final Reserve reserve = new Reserve();
    private final PutQueue put = new PutQueue();
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
        return switch (type) {
            case SUBMIT -> isMissing(submit.wrap(buffer, offset));
            case SUBMIT_BATCH -> isAnyMissing(submits.wrap(buffer, offset).tasks());
            case ACK -> ack.wrap(buffer, offset).hasFollowUps() && isAnyMissing(ack.followUps());
            case RESERVE -> reserve.wrap(buffer, offset).waitMs() > 0 && isAnyMissing(reserve);
            case PUT_QUEUE -> isMissing(put.wrap(buffer, offset).queue());
            default -> false;
        };
    }

    private boolean isMissing(Submit task) {
        return partition.isMissing(task.buffer(), task.queueOffset(), task.queueLength());
    }

    private boolean isMissing(String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        return partition.isMissing(ByteBuffer.wrap(text).order(ByteOrder.LITTLE_ENDIAN), 0, text.length);
    }

    private boolean isAnyMissing(Frames tasks) {
        while (tasks.next()) {
            if (isMissing(submit.wrap(tasks.buffer(), tasks.offset()))) {
                return true;
            }
        }
        return false;
    }

    private boolean isAnyMissing(Reserve asked) {
        Elements names = asked.queues();
        while (names.next()) {
            if (partition.isMissing(asked.buffer(), names.offset(), names.length())) {
                return true;
            }
        }
        return false;
    }
}
