package io.telpher.broker.partition.answer;

import io.telpher.broker.partition.query.Scan;
import io.telpher.broker.partition.query.ScanBudget;
import io.telpher.broker.partition.reply.Replies;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.session.TaskRights;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** It may wait for its turn, and take a while: who has lost the right meanwhile gets no answer. */
final class JudgedScan implements Scan {
    private final TaskRights rights;
    private final Replies replies;
    private final Session asker;
    private final ByteBuffer frame;
    private final Scan scan;

    JudgedScan(TaskRights rights, Replies replies, Session asker, ByteBuffer frame, QueryTable.InPieces row) {
        this.rights = rights;
        this.replies = replies;
        this.asker = asker;
        this.frame = frame;
        this.scan = row.scan(asker, frame);
    }

    @Override
    public boolean step(ScanBudget budget) {
        Problem problem = rights.problemNow(asker, MessageType.known(Frame.typeCode(frame, 0)), frame);
        if (problem == null) {
            return scan.step(budget);
        }
        replies.refuse(asker, Frame.requestId(frame, 0), problem);
        return true;
    }
}
