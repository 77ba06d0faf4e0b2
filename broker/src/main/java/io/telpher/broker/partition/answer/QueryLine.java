package io.telpher.broker.partition.answer;

import io.telpher.broker.journal.Log;
import io.telpher.broker.partition.session.FairLine;
import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.Problem;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Queries on their way to their answer: first until it is certain that this machine led when they came, then until the records before them are applied, then in turn with
 * those of other principals and sessions.
 */
final class QueryLine {
    /**
     * @param proof that it needs, see {@link Log#proveRead}
     * @param wouldTake it is a command, and the question is what would be in its way
     * @param refusal the answer, known when it was asked; null = it is to be found
     */
    record Query(
            Session session,
            ByteBuffer frame,
            long afterSequence,
            long proof,
            boolean wouldTake,
            @Nullable Problem refusal,
            long number) {}

    private final Log log;
    /** Those that wait until it is certain that this machine led when they came, in the order in which they came. */
    private final Deque<Query> unproven = new ArrayDeque<>();

    /** Those that wait for records to be applied, in the order of these. */
    private final PriorityQueue<Query> early =
            new PriorityQueue<>(Comparator.comparingLong(Query::afterSequence).thenComparingLong(Query::number));

    private final FairLine<Query> ready = new FairLine<>();
    private long numbers;

    QueryLine(Log log) {
        this.log = log;
    }

    /** @param afterSequence of the record that has to be applied before it is answered */
    void add(Session session, ByteBuffer frame, long afterSequence, boolean wouldTake, @Nullable Problem refusal) {
        Query query = new Query(session, frame, afterSequence, log.proveRead(), wouldTake, refusal, numbers++);
        if (query.proof() == 0) {
            early.add(query);
        } else {
            unproven.add(query);
        }
    }

    /** Moves on those whose wait is over: the log has proven that this machine leads, or their records are applied. */
    void advance(long applied) {
        long proven = log.provenReads();
        for (Query next = unproven.peek(); next != null && next.proof() <= proven; next = unproven.peek()) {
            early.add(unproven.remove());
        }
        for (Query next = early.peek(); next != null && next.afterSequence() <= applied; next = early.peek()) {
            ready.add(next.session(), early.remove());
        }
    }

    /** The next one whose turn it is; null when none is ready. */
    @Nullable
    Query poll() {
        return ready.poll();
    }
}
