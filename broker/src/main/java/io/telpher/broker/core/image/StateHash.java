package io.telpher.broker.core.image;

import io.telpher.broker.core.hash.Mix;
import io.telpher.broker.core.queue.Lease;
import io.telpher.broker.core.queue.ReserveTerms;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.queue.Waiter;
import io.telpher.broker.core.state.HandOvers;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.state.TaskKind;
import io.telpher.broker.core.state.TaskKinds;
import io.telpher.broker.core.table.IdempotencyIndex;
import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.table.TaskPage;
import io.telpher.protocol.Priority;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.QueuePolicyFields;
import org.jspecify.annotations.Nullable;

/**
 * One number for everything that a partition remembers but where frames lie: the same records give the same number, whether applied once, again, or through a snapshot.
 *
 * <p>It is a sum, so that pieces may be added in any order: of a hash of each task, each queue, each lease, each waiting reserve and each line, each of which says of itself whose it
 * is. Only within a line order counts. What differs between two copies of one state is in none of them: slots of leases and kinds, pages and pieces of lines, timers.
 *
 * @see StateHashCopy which adds it up while the state goes on changing
 */
public final class StateHash {
    private static final PolicyField[] POLICY_FIELDS = PolicyField.values();

    /** So that no two kinds of things can be taken for each other. */
    private static final long QUEUE = 1;

    private static final long WAITER = 2;
    private static final long LEASE = 3;
    private static final long TASK = 4;

    private final PartitionState state;
    private final TaskCursor task;
    private final TaskKinds.Frozen kinds;
    private final ReserveTerms terms = new ReserveTerms();
    /** Most tasks are of the kind of the one before. */
    private @Nullable TaskKind kind;

    private long kindHash;
    /** Of the thing that is being added. */
    private long hash;

    private long sum;
    private long things;

    /** Of nothing yet but what there is once: clock, term, counters, limits. */
    StateHash(PartitionState state) {
        this.state = state;
        this.task = state.newCursor();
        this.kinds = state.kinds.freeze();
        addHead();
    }

    /** Of all there is, at once: walks all tasks. */
    public static long of(PartitionState state) {
        StateHash all = new StateHash(state);
        for (int number = 0; number < state.queues().numbers(); number++) {
            TaskQueue queue = state.queues().at(number);
            if (queue != null) {
                all.add(queue);
                all.addLines(LineBlocks.hashNow(queue));
            }
        }
        all.addLines(LineBlocks.hashNow(state));
        state.waiters().byDeadline.all().forEach(all::add);
        for (int slot = 0; slot < state.leases.slots(); slot++) {
            if (state.leases.get(slot).isEntered()) {
                all.add(state.leases.get(slot));
            }
        }
        for (TaskPage page = state.tasks.pageFrom(0); page != null; page = state.tasks.pageFrom(page.number + 1)) {
            all.add(page);
        }
        return all.value();
    }

    long value() {
        return sum;
    }

    /** Tasks, queues, leases and waiting reserves so far: for tests of what it costs. */
    long things() {
        return things;
    }

    private void addHead() {
        hash = Mix.mix(state.partitionId);
        add(state.nowMs(), state.term(), state.retentionMs(), state.submitted, state.completed, state.deaths);
        add(
                state.leases.lastLeaseId(),
                state.tasks.nextSequence(),
                state.waiters().nextSerial(),
                state.semanticsVersion());
        add(state.hashKey().key0(), state.hashKey().key1());
        add(state.wallOffsetMs());
        add(state.tasksByState);
        if (!state.handOvers().isTrivial()) {
            addHandOvers(state.handOvers());
        }
        add(state.queues().makers().session(), state.queues().makers().maker());
        add(
                state.queues().limits().queuesMax(),
                state.queues().limits().perMakerMax(),
                state.queues().limits().idleTtlMs());
        add(state.finished.bytes(), state.finished.bytesMax(), state.finished.crowdedAtMs());
        end();
    }

    private void addHandOvers(HandOvers handOvers) {
        add(handOvers.lastNumber());
        add(handOvers.taken());
        add(handOvers.given());
        add(handOvers.settled());
        handOvers.owed().forEach(owed -> add(owed.number(), owed.target(), owed.bytes(), owed.maker()));
    }

    void add(TaskQueue queue) {
        hash = Mix.add(Mix.mix(QUEUE), Mix.text(queue.name()));
        add(queue.index(), queue.isListed() ? 1 : 0, queue.maker(), queue.isEntered() ? queue.deadlineMs : 0);
        QueuePolicyFields policy = queue.ownPolicy();
        for (PolicyField field : POLICY_FIELDS) {
            add(policy.get(field));
        }
        hash = queue.addTo(hash);
        for (int priority = 0; priority < Priority.COUNT; priority++) {
            add(queue.ready.credit(priority));
        }
        end();
    }

    void add(Waiter waiter) {
        waiter.terms(terms);
        hash = Mix.add(Mix.mix(WAITER), waiter.serial());
        add(waiter.session().id(), terms.requestId, terms.max, terms.leaseMs, terms.deadlineMs, waiter.weightsHash());
        hash = Mix.add(hash, Mix.text(terms.worker));
        terms.queues.forEach(queue -> add(queue.index()));
        end();
    }

    void add(Lease lease) {
        hash = Mix.add(Mix.mix(LEASE), lease.sequence);
        add(lease.deadlineMs, lease.leaseMs, lease.progress, lease.session == null ? 0 : lease.session.id());
        add(lease.grace.ordinal(), lease.started ? 1 : 0, lease.hasNote ? 1 : 0);
        hash = Mix.add(hash, Mix.text(lease.worker));
        end();
    }

    /** @param lines of {@link LineBlocks} */
    void addLines(long lines) {
        sum += lines;
    }

    /** Its tasks. */
    void add(TaskPage page) {
        for (int row = 0; row < TaskPage.ROWS; row++) {
            if (page.bits[row] != 0 && task.moveTo((page.number << TaskPage.SHIFT) + row)) {
                addTask(kindHash(page.kind[row]));
            }
        }
    }

    private long kindHash(int slot) {
        TaskKind present = Invariant.present(kinds.get(slot), "a task of a kind that is not there");
        if (present != kind) {
            kind = present;
            kindHash = present.contentHash();
        }
        return kindHash;
    }

    private void addTask(long kindContent) {
        TaskState is = task.state();
        hash = Mix.add(Mix.mix(TASK), task.sequence());
        add(task.page().bits[task.row()]);
        add((long) task.submitCrc() << Integer.SIZE ^ task.submitBytes());
        add(task.createdStampMs());
        add(task.startedStampMs());
        add((long) task.attempts() << Integer.SIZE ^ (long) task.crashes() << Short.SIZE ^ task.replays());
        add(task.leaseId());
        add(task.expiry());
        add(kindContent);
        if (is != TaskState.ACTIVE) {
            add(task.due()); // of one that runs, its lease says more
        }
        if (is == TaskState.DEAD) {
            add(task.errorFingerprint());
            add(task.death());
        }
        for (long taskId : task.followUps()) {
            add(taskId);
        }
        int slot = task.keySlot();
        if (slot != IdempotencyIndex.NONE) {
            IdempotencyIndex keys = state.keys();
            add(keys.high(slot));
            add(keys.low(slot));
            add(keys.content(slot));
            add(keys.windowEndMs(slot));
            add(keys.isLinked(slot) ? 1 : 0);
        }
        end();
    }

    private void end() {
        sum += hash;
        things++;
    }

    private void add(long value) {
        hash = Mix.add(hash, value);
    }

    private void add(long... values) {
        for (long value : values) {
            hash = Mix.add(hash, value);
        }
    }
}
