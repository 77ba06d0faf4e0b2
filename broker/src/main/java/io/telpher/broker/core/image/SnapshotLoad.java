package io.telpher.broker.core.image;

import io.telpher.broker.core.snapshot.BlockKind;
import io.telpher.broker.core.snapshot.BlockReader;
import io.telpher.broker.core.snapshot.DamagedSnapshotException;
import io.telpher.broker.core.state.Deadlines;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.Passage;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.table.IdempotencyIndex;
import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.table.RowBits;
import io.telpher.protocol.TaskState;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * Builds a state from the blocks of a snapshot. Until {@link #finish} has returned, and after any {@link DamagedSnapshotException},
 * the state is of no use.
 */
public final class SnapshotLoad {
    private final PartitionState state;
    private final TableBlocks table;
    private final QueueBlocks.Read queues;
    private final LeaseBlocks.Read leases;
    private final WaiterBlocks.Read waiters;
    private final Passage passage;
    private long rows = -1;

    /** @param state nothing was done with it yet */
    public SnapshotLoad(PartitionState state) {
        this.state = state;
        this.table = new TableBlocks(state);
        this.queues = new QueueBlocks.Read(state.queues());
        this.leases = new LeaseBlocks.Read(state);
        this.waiters = new WaiterBlocks.Read(state);
        this.passage = new Passage(state);
    }

    /** Takes one block, in the order written. */
    public void block(BlockKind kind, ByteBuffer body) {
        BlockReader in = new BlockReader(body);
        if ((kind == BlockKind.STATE) != rows < 0) {
            throw new DamagedSnapshotException("a block " + kind + " out of turn");
        }
        try {
            read(kind, in);
        } catch (BufferUnderflowException | IllegalStateException | IndexOutOfBoundsException e) {
            throw new DamagedSnapshotException("a block " + kind + " that makes no sense: " + e.getMessage(), e);
        }
    }

    private void read(BlockKind kind, BlockReader in) {
        switch (kind) {
            case STATE -> rows = StateBlock.read(state, in);
            case QUEUES -> queues.read(in);
            case KINDS -> {
                queues.create();
                KindBlocks.read(state, in);
            }
            case LEASES -> leases.read(in);
            case WAITERS -> {
                queues.create();
                waiters.read(in);
            }
            case LINES -> {
                queues.create();
                LineBlocks.read(state, in);
            }
            case PAGES -> table.read(in);
            case HAND_OVERS -> HandOverBlock.read(state.handOvers(), in);
            case END -> throw new DamagedSnapshotException("END is not a block of the state");
        }
    }

    /** Tasks read so far. */
    public long tasks() {
        return state.tasks.rows();
    }

    /** After the last block: reckons what is not in the snapshot. */
    public void finish() {
        if (rows != state.tasks.rows()) {
            throw new DamagedSnapshotException("it says " + rows + " tasks and has " + state.tasks.rows());
        }
        try {
            queues.create();
            TaskCursor task = state.newCursor();
            for (long sequence = state.nextPresent(0);
                    sequence <= state.lastSequence();
                    sequence = state.nextPresent(sequence)) {
                if (task.moveTo(sequence)) {
                    task.renumberedKind().tasks++;
                    enterLines(task);
                }
            }
            state.kinds.restored();
            enterDead(task);
            leases.place();
            waiters.lineUp();
        } catch (IllegalStateException | IndexOutOfBoundsException e) {
            throw new DamagedSnapshotException("its parts don't fit together: " + e.getMessage(), e);
        }
    }

    /** Those of each queue, in the order of all. */
    private void enterDead(TaskCursor task) {
        long[] last = {0};
        state.dead.whilePassesAfter(0, sequence -> {
            Invariant.check(
                    task.moveTo(sequence)
                            && task.state() == TaskState.DEAD
                            && task.death() > last[0]
                            && task.death() <= state.deaths,
                    "a dead task out of its place");
            last[0] = task.death();
            task.taskQueue().deadLetters.addLast(sequence);
            return true;
        });
        Invariant.check(
                state.dead.size() == state.tasksByState[TaskState.DEAD.ordinal()], "dead tasks that are in no line");
    }

    /** Nothing was due when the copy began: what lies in the past has happened. */
    private void enterLines(TaskCursor task) {
        TaskState is = task.state();
        int bits = task.page().bits[task.row()];
        if (RowBits.isTimed(bits)) {
            long atMs = task.page().due[task.row()];
            task.due(state.timers(bits).add(atMs, task.sequence()) + 1);
        }
        if (!is.isFinal() && task.expiry() > 0 && !task.has(RowBits.EXPIRY_CAME)) {
            passage.watchExpiry(task);
        }
        if (is.isFinal() && is != TaskState.DEAD && !task.has(RowBits.RETENTION_OVER)) {
            state.finished.restored(task);
        }
        int slot = task.keySlot();
        if (slot != IdempotencyIndex.NONE) {
            long endMs = state.keys().windowEndMs(slot);
            if (state.keys().isLinked(slot) && Deadlines.inPurgeGrains(endMs) > state.nowMs()) {
                passage.watchWindow(slot);
            }
        }
    }
}
