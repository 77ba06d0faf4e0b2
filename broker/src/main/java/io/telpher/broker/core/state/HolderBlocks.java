package io.telpher.broker.core.state;

import io.telpher.broker.core.snapshot.BlockReader;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.broker.core.snapshot.DamagedSnapshotException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Leases and waiting reserves in a snapshot, and through them the sessions that hold something; idle ones mean nothing. */
final class HolderBlocks {
    private static final int LEASE_BYTES_BUT_WORKER = 64;
    private static final int WAITER_BYTES_BUT_WORKER = 48;
    private static final long NOBODY = 0;

    private final PartitionState state;
    private final List<Waiting> waiting = new ArrayList<>();

    private record Waiting(long serial, long session, ReserveTerms terms) {}

    HolderBlocks(PartitionState state) {
        this.state = state;
    }

    void writeLeases(BlockWriter out) {
        Leases leases = state.leases;
        for (int i = 0; i < leases.count(); i++) {
            Lease lease = leases.byDeadline.get(i);
            if (lease.previousOfSession == null) {
                for (Lease each = lease; each != null; each = each.nextOfSession) {
                    write(each, out);
                }
            }
        }
    }

    private static void write(Lease lease, BlockWriter out) {
        Session session = lease.session;
        out.entry(LEASE_BYTES_BUT_WORKER + BlockWriter.textBytes(lease.worker));
        out.i64(lease.sequence).i64(session == null ? NOBODY : session.id());
        out.i64(lease.deadlineMs).i32(lease.leaseMs).i32(lease.progress);
        out.u8(lease.hasNote ? 1 : 0).i64(lease.noteLocation).text(lease.worker);
    }

    void readLeases(BlockReader in) {
        while (in.hasMore()) {
            long sequence = in.i64();
            state.leases.restore(sequence, session(in.i64()), in);
        }
    }

    private @Nullable Session session(long id) {
        return id == NOBODY ? null : state.sessions().enter(id);
    }

    /** After the tasks are there: each active one's row says which slot its lease has now. */
    void placeLeases() {
        TaskCursor task = state.newCursor();
        for (int i = 0; i < state.leases.count(); i++) {
            Lease lease = state.leases.byDeadline.get(i);
            if (!task.moveTo(lease.sequence)) {
                throw new DamagedSnapshotException("a lease of task " + lease.sequence + ", which is not there");
            }
            task.due(lease.slot);
        }
    }

    void writeWaiters(BlockWriter out) {
        ReserveTerms terms = new ReserveTerms();
        for (int i = 0; i < state.waiters().count(); i++) {
            Waiter waiter = state.waiters().byDeadline.get(i);
            waiter.terms(terms);
            out.entry(WAITER_BYTES_BUT_WORKER
                    + BlockWriter.textBytes(terms.worker)
                    + terms.queues.size() * Integer.BYTES);
            out.i64(waiter.serial()).i64(waiter.session().id());
            out.i32(terms.requestId).i32(terms.max).i32(terms.leaseMs).i64(terms.deadlineMs);
            out.text(terms.worker).i32(terms.queues.size());
            terms.queues.forEach(queue -> out.i32(queue.index()));
        }
    }

    void readWaiters(BlockReader in) {
        while (in.hasMore()) {
            long serial = in.i64();
            long session = in.i64();
            ReserveTerms terms = new ReserveTerms();
            terms.requestId = in.i32();
            terms.max = in.i32();
            terms.leaseMs = in.i32();
            terms.deadlineMs = in.i64();
            terms.worker = in.text();
            for (int left = in.count(Integer.BYTES); left > 0; left--) {
                terms.queues.add(QueueBlocks.queue(state, in.i32()));
            }
            waiting.add(new Waiting(serial, session, terms));
        }
    }

    /** Each queue's and each session's line is in the order of the serials. */
    void lineUpWaiters() {
        waiting.sort(Comparator.comparingLong(Waiting::serial));
        waiting.forEach(
                each -> state.waiters().restore(each.serial, state.sessions().enter(each.session), each.terms));
    }
}
