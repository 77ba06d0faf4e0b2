package io.telpher.broker.partition.intake;

import io.telpher.broker.core.Partition;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.partition.answer.Queries;
import io.telpher.broker.partition.session.Rights;
import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.record.Withdraw;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/**
 * What a session waits for was judged when it came. When the session's rights change, all of it is judged again, and what is covered no more is refused at once:
 * parked requests as they are, reserves that wait in the core by a WITHDRAW for each. A review begins when the core has applied what the session sent before;
 * one session has its turn at a time, and of its reserves a limited number in each cycle. For the partition's thread.
 */
final class RightsReviews {
    private static final int WITHDRAWALS_PER_CYCLE = 1_024;

    private record Review(Session session, long afterSequence) {}

    private final Partition partition;
    private final Queries queries;
    private final DrainedReserves drained;
    private final LongSupplier clock;
    private final FrameWriter out = new FrameWriter();
    private final Deque<Review> reviews = new ArrayDeque<>();
    private long withdrawnAfter;

    RightsReviews(Partition partition, Queries queries, DrainedReserves drained, LongSupplier clock) {
        this.partition = partition;
        this.queries = queries;
        this.drained = drained;
        this.clock = clock;
    }

    /** @param afterSequence of the last record that the session may have sent under its earlier rights */
    void add(Session session, long afterSequence) {
        reviews.add(new Review(session, afterSequence));
    }

    /**
     * Goes on with the next one; returns 0 when there was nothing to do.
     *
     * @param lastSequence of the last record in the batch or before it
     */
    int step(Batch batch, long appliedSequence, long lastSequence) {
        Review next = reviews.peek();
        if (next == null || appliedSequence < Math.max(next.afterSequence(), withdrawnAfter)) {
            return 0;
        }
        Session session = next.session();
        if (!session.isOver()) {
            queries.review(session);
            drained.review(session);
            int withdrawn = withdraw(session, batch);
            if (withdrawn > 0) {
                withdrawnAfter = lastSequence + withdrawn;
                return withdrawn;
            }
        }
        reviews.remove();
        return 1;
    }

    private int withdraw(Session session, Batch batch) {
        Rights rights = session.rights();
        int[] requests = partition.waitingRequests(
                session.id(), WITHDRAWALS_PER_CYCLE, queue -> rights.allow(MessageType.RESERVE, queue));
        for (int requestId : requests) {
            session.forbid(requestId);
            batch.add(
                    clock.getAsLong(),
                    session.id(),
                    Withdraw.write(out.clear(), requestId).written(),
                    false);
        }
        return requests.length;
    }
}
