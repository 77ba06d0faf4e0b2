package io.telpher.broker.core.image;

import io.telpher.broker.core.queue.Grace;
import io.telpher.broker.core.queue.Lease;
import io.telpher.broker.core.queue.SessionLeases;
import io.telpher.broker.core.snapshot.BlockReader;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.broker.core.snapshot.DamagedSnapshotException;
import io.telpher.broker.core.state.Leases;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.TaskState;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Leases in a snapshot, or in a hash, some neighbouring slots at a time: in their turn, or right before one of them changes. */
final class LeaseBlocks {
    private static final int BYTES_BUT_WORKER = 72;
    private static final long NOBODY = 0;
    private static final int SHIFT = 6;

    private final Leases leases;
    private final Consumer<Lease> out;
    private final int slots;
    private final BitSet awaiting;
    private int next;

    /** Slots that are there now; {@link #keep} is to be told of their changes from here on. */
    LeaseBlocks(PartitionState state, Consumer<Lease> out) {
        this.leases = state.leases;
        this.out = out;
        this.slots = leases.slots();
        int pieces = piece(slots + (1 << SHIFT) - 1);
        this.awaiting = new BitSet(pieces);
        awaiting.set(0, pieces);
    }

    private static int piece(int slot) {
        return slot >>> SHIFT;
    }

    /** Writes some more; false when all are written. */
    boolean step() {
        next = awaiting.nextSetBit(Math.max(0, next));
        if (next >= 0) {
            write(next);
        }
        return next >= 0;
    }

    void keep(int slot) {
        if (slot < slots && awaiting.get(piece(slot))) {
            write(piece(slot));
        }
    }

    private void write(int piece) {
        awaiting.clear(piece);
        int end = Math.min(slots, piece + 1 << SHIFT);
        for (int slot = piece << SHIFT; slot < end; slot++) {
            Lease lease = leases.get(slot);
            if (lease.isEntered()) {
                out.accept(lease);
            }
        }
    }

    static void write(Lease lease, BlockWriter out) {
        SessionLeases session = lease.session;
        out.entry(BYTES_BUT_WORKER + BlockWriter.textBytes(lease.worker));
        out.i64(lease.sequence).i64(session == null ? NOBODY : session.id());
        out.i64(lease.deadlineMs).i32(lease.leaseMs).i32(lease.progress);
        out.u8(lease.hasNote ? 1 : 0).i64(lease.noteLocation).text(lease.worker);
        out.i64(lease.bound).u8(lease.started ? 1 : 0).u8(lease.grace.ordinal());
    }

    /** The leases of a snapshot that is read. */
    static final class Read {
        private final PartitionState state;
        private final List<Held> held = new ArrayList<>();
        /** Looked up only: a worker's leases have its name in common. */
        private final Map<String, String> workers = new HashMap<>();

        private record Held(Lease lease, long session) {
            long bound() {
                return lease.bound;
            }
        }

        Read(PartitionState state) {
            this.state = state;
        }

        void read(BlockReader in) {
            while (in.hasMore()) {
                Lease lease = state.leases.newSlot();
                lease.sequence = in.i64();
                long session = in.i64();
                lease.deadlineMs = in.i64();
                lease.leaseMs = in.i32();
                lease.progress = in.i32();
                lease.hasNote = in.u8() != 0;
                lease.noteLocation = in.i64();
                lease.worker = workers.computeIfAbsent(in.text(), name -> name);
                lease.bound = in.i64();
                lease.started = in.u8() != 0;
                lease.grace = Grace.of(in.u8());
                held.add(new Held(lease, session));
            }
        }

        /** After the tasks are there: each active one's row says which slot its lease has now. */
        void place() {
            if (held.size() != state.tasksByState[TaskState.ACTIVE.ordinal()]) {
                throw new DamagedSnapshotException(held.size() + " leases of another number of running tasks");
            }
            held.sort(Comparator.comparingLong(Held::bound));
            TaskCursor task = state.newCursor();
            for (Held each : held) {
                state.leases.restored(each.lease, session(each.session));
                if (!task.moveTo(each.lease.sequence)) {
                    throw new DamagedSnapshotException(
                            "a lease of task " + each.lease.sequence + ", which is not there");
                }
                task.due(each.lease.slot);
            }
        }

        private @Nullable SessionLeases session(long id) {
            return id == NOBODY ? null : state.sessions().enter(id);
        }
    }
}
