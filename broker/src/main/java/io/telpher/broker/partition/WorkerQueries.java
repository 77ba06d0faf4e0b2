package io.telpher.broker.partition;

import io.telpher.broker.core.Partition;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.journal.Journal;
import io.telpher.protocol.DrainWorker;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.Problem;
import io.telpher.protocol.Withdraw;
import io.telpher.protocol.Worker;
import io.telpher.protocol.WorkerList;
import io.telpher.protocol.Workers;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * Who works, and who is to stop. Draining is the connection's own state, not the core's: what it reserves from then on is kept in
 * {@link DrainedReserves}; what waits in the core already is withdrawn, before the one who asked is answered.
 */
final class WorkerQueries {
    private record Drain(Session asker, int requestId, Session worker) {}

    private record Withdrawn(Drain drain, long afterSequence) {}

    private final Partition partition;
    private final Journal journal;
    private final LongSupplier clock;
    private final Long2ObjectHashMap<Session> sessions;
    private final Replies replies;
    private final List<Drain> drains = new ArrayList<>();
    private final Deque<Withdrawn> withdrawn = new ArrayDeque<>();
    private final FrameWriter withdraw = new FrameWriter();

    WorkerQueries(
            Partition partition,
            Journal journal,
            LongSupplier clock,
            Long2ObjectHashMap<Session> sessions,
            Replies replies) {
        this.partition = partition;
        this.journal = journal;
        this.clock = clock;
        this.sessions = sessions;
        this.replies = replies;
    }

    void list(Session asker, Workers query) {
        List<Session> workers = new ArrayList<>();
        for (Session each : sessions.values()) {
            if (each.reserves() && workers.size() < query.limit()) {
                workers.add(each);
            }
        }
        FrameWriter out = replies.begin();
        WorkerList.begin(out, query.requestId(), workers.size());
        workers.forEach(worker -> write(out, 0, worker));
        replies.send(asker, out.endVar().end());
    }

    private void write(FrameWriter out, int requestId, Session worker) {
        Worker.begin(out, requestId, worker.id(), worker.connectedAtMs(), worker.lastSeenMs())
                .i32(partition.leaseCount(worker.id()))
                .i32(partition.waitingCount(worker.id()))
                .u8(worker.isDraining() ? 1 : 0)
                .pad()
                .var(worker.worker())
                .var(worker.clientName())
                .var(worker.address())
                .end();
    }

    /** Its session is told already; see {@link Intake}. */
    void drain(Session asker, DrainWorker asked) {
        Session worker = sessions.get(asked.sessionId());
        if (worker == null || !worker.reserves()) {
            replies.refuse(asker, asked.requestId(), noWorker(asked.sessionId()));
            return;
        }
        Drain drain = new Drain(asker, asked.requestId(), worker);
        if (worker.isDraining() && partition.waitingCount(worker.id()) > 0) {
            drains.add(drain);
        } else {
            answer(drain);
        }
    }

    static Problem noWorker(long sessionId) {
        return new Problem(
                ErrorCode.WORKER_NOT_FOUND, "no worker is connected as session " + Worker.formatSession(sessionId));
    }

    private void answer(Drain drain) {
        FrameWriter out = replies.begin();
        write(out, drain.requestId, drain.worker);
        replies.send(drain.asker, out);
    }

    /** Right behind the queries of a duty cycle, so that the core still holds what they saw; returns 0 when there was nothing to do. */
    int step(Batch batch) {
        int work = drains.size();
        for (Drain drain : drains) {
            for (int requestId : partition.waitingRequests(drain.worker.id())) {
                Withdraw.write(withdraw.clear(), requestId);
                batch.add(clock.getAsLong(), drain.worker.id(), withdraw.written(), false);
            }
            withdrawn.add(new Withdrawn(drain, journal.appendedSequence() + batch.count()));
        }
        drains.clear();
        return work;
    }

    /** Answers those whose withdrawals were applied; returns how many. */
    int answerLate(long appliedSequence) {
        int work = 0;
        Withdrawn next = withdrawn.peek();
        while (next != null && next.afterSequence <= appliedSequence) {
            withdrawn.remove();
            answer(next.drain);
            work++;
            next = withdrawn.peek();
        }
        return work;
    }

    /** The connection is gone. */
    void forget(Session asker) {
        drains.removeIf(drain -> drain.asker == asker);
        withdrawn.removeIf(each -> each.drain.asker == asker);
    }
}
