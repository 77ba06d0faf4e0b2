package io.telpher.broker.core.image;

import io.telpher.broker.core.queue.ReserveTerms;
import io.telpher.broker.core.queue.Waiter;
import io.telpher.broker.core.snapshot.BlockReader;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.broker.core.state.PartitionState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Waiting reserves in a snapshot, and through them the sessions that wait; idle ones mean nothing. */
final class WaiterBlocks {
    private static final int BYTES_BUT_WORKER = 48;

    /** Those of the moment of the copy: what a waiter wants never changes. */
    private final List<Waiter> waiters;

    private final ReserveTerms terms = new ReserveTerms();
    private int next;

    WaiterBlocks(PartitionState state) {
        this.waiters = state.waiters().byDeadline.all();
    }

    /** Writes some more; false when all are written. */
    boolean step(int count, BlockWriter out) {
        int end = Math.min(waiters.size(), next + count);
        if (next == end) {
            return false;
        }
        while (next < end) {
            write(waiters.get(next++), out);
        }
        return true;
    }

    private void write(Waiter waiter, BlockWriter out) {
        waiter.terms(terms);
        out.entry(BYTES_BUT_WORKER + BlockWriter.textBytes(terms.worker) + terms.queues.size() * (Integer.BYTES + 1));
        out.i64(waiter.serial()).i64(waiter.session().id());
        out.i32(terms.requestId).i32(terms.max).i32(terms.leaseMs).i64(terms.deadlineMs);
        out.text(terms.worker).i32(terms.queues.size());
        for (int i = 0; i < terms.queues.size(); i++) {
            out.i32(terms.queues.get(i).index()).u8(terms.isWeighted() ? terms.weights.get(i) : 0);
        }
    }

    /** The waiting reserves of a snapshot that is read. */
    static final class Read {
        private final PartitionState state;
        private final List<Waiting> waiting = new ArrayList<>();

        private record Waiting(long serial, long session, ReserveTerms terms) {}

        Read(PartitionState state) {
            this.state = state;
        }

        void read(BlockReader in) {
            while (in.hasMore()) {
                long serial = in.i64();
                long session = in.i64();
                ReserveTerms terms = new ReserveTerms();
                terms.requestId = in.i32();
                terms.max = in.i32();
                terms.leaseMs = in.i32();
                terms.deadlineMs = in.i64();
                terms.worker = in.text();
                for (int left = in.count(Integer.BYTES + 1); left > 0; left--) {
                    terms.queues.add(QueueBlocks.queue(state, in.i32()));
                    int weight = in.u8();
                    if (weight > 0) {
                        terms.weights.add(weight);
                    }
                }
                waiting.add(new Waiting(serial, session, terms));
            }
        }

        /** Each queue's and each session's line is in the order of the serials. */
        void lineUp() {
            waiting.sort(Comparator.comparingLong(Waiting::serial));
            waiting.forEach(each ->
                    state.waiters().restore(each.serial, state.sessions().enter(each.session), each.terms));
        }
    }
}
