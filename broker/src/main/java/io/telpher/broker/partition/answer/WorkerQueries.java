package io.telpher.broker.partition.answer;

import io.telpher.broker.core.Partition;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.journal.Log;
import io.telpher.broker.partition.reply.Replies;
import io.telpher.broker.partition.session.Parked;
import io.telpher.broker.partition.session.ParkingLimits;
import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.admin.DrainWorker;
import io.telpher.protocol.admin.WorkerList;
import io.telpher.protocol.admin.WorkerView;
import io.telpher.protocol.admin.Workers;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.Withdraw;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * Who works, and who is to stop. Draining is the connection's own state, not the core's: what it reserves from then on is kept in
 * {@code DrainedReserves}; what waits in the core already is withdrawn, before the one who asked is answered.
 */
public final class WorkerQueries {
    /** Reserves that one record after the other withdraws before others have their turn. */
    private static final int WITHDRAWALS_PER_CYCLE = 500;

    private static final int ANSWERS_PER_CYCLE = 256;

    /** Who waits to hear that a worker, named by its session, waits for no more tasks. */
    private static final class Drain extends Parked.Request<Long> {
        final Session worker;

        Drain(Session asker, int requestId, Session worker) {
            super(asker, requestId, worker.id(), Partition.NEVER);
            this.worker = worker;
        }
    }

    private final Partition partition;
    private final Log log;
    private final LongSupplier clock;
    private final Long2ObjectHashMap<Session> sessions;
    private final Replies replies;
    private final Parked<Long, Drain> parked;
    private final Deque<Session> withdrawing = new ArrayDeque<>();
    private long withdrawnAfter;
    private final FrameWriter withdraw = new FrameWriter();

    WorkerQueries(
            Partition partition,
            Log log,
            LongSupplier clock,
            Long2ObjectHashMap<Session> sessions,
            Replies replies,
            ParkingLimits limits) {
        this.partition = partition;
        this.log = log;
        this.clock = clock;
        this.sessions = sessions;
        this.replies = replies;
        this.parked = new Parked<>(limits);
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
        WorkerView.begin(
                        out,
                        requestId,
                        worker.id(),
                        partition.wallMs(worker.connectedAtMs()),
                        partition.wallMs(worker.lastSeenMs()))
                .i32(partition.leaseCount(worker.id()))
                .i32(partition.waitingCount(worker.id()))
                .u8(worker.isDraining() ? 1 : 0)
                .pad()
                .var(worker.worker())
                .var(worker.clientName())
                .var(worker.address())
                .var(worker.version())
                .var(worker.host())
                .var(worker.queues())
                .end();
    }

    /** Its session is told already; see {@code Intake}. */
    void drain(Session asker, DrainWorker asked) {
        Session worker = sessions.get(asked.sessionId());
        if (worker == null || !worker.reserves()) {
            replies.refuse(asker, asked.requestId(), noWorker(asked.sessionId()));
            return;
        }
        Drain drain = new Drain(asker, asked.requestId(), worker);
        if (!isToWithdraw(worker)) {
            answer(drain);
            return;
        }
        boolean isFirst = parked.find(worker.id()) == null;
        Problem problem = parked.park(drain);
        if (problem != null) {
            replies.refuse(asker, asked.requestId(), problem);
        } else if (isFirst) {
            withdrawing.add(worker);
        }
    }

    private boolean isToWithdraw(Session worker) {
        return worker.isDraining() && partition.waitingCount(worker.id()) > 0;
    }

    public static Problem noWorker(long sessionId) {
        return new Problem(
                ErrorCode.WORKER_NOT_FOUND, "no worker is connected as session " + WorkerView.formatSession(sessionId));
    }

    private void answer(Drain drain) {
        FrameWriter out = replies.begin();
        write(out, drain.requestId, drain.worker);
        replies.send(drain.session, out);
    }

    /** Withdraws what the next worker waits for, some at a time, each time when what was withdrawn before is; returns 0 when there was nothing to do. */
    int step(Batch batch, long appliedSequence) {
        Session worker = withdrawing.peek();
        if (worker == null || appliedSequence < withdrawnAfter) {
            return 0;
        }
        if (!isToWithdraw(worker)) {
            withdrawing.remove();
            parked.end(worker.id());
            return 1;
        }
        int[] requests = partition.waitingRequests(worker.id(), WITHDRAWALS_PER_CYCLE);
        for (int requestId : requests) {
            Withdraw.write(withdraw.clear(), requestId);
            batch.add(clock.getAsLong(), worker.id(), withdraw.written(), false);
        }
        withdrawnAfter = log.appendedSequence() + batch.count();
        return requests.length;
    }

    /** Answers those whose worker waits for nothing any more; returns how many. */
    int answerLate() {
        int work = 0;
        while (work < ANSWERS_PER_CYCLE) {
            Drain drain = parked.poll(clock.getAsLong());
            if (drain == null) {
                break;
            }
            if (!drain.session.isOver()) {
                answer(drain);
            }
            work++;
        }
        return work;
    }

    /** The connection is gone. */
    void forget(Session asker) {
        parked.end(asker);
    }
}
