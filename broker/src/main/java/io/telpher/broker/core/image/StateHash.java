package io.telpher.broker.core.image;

import io.telpher.broker.core.hash.Mix;
import io.telpher.broker.core.queue.Lease;
import io.telpher.broker.core.queue.Remark;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.state.HandOvers;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.table.IdempotencyIndex;
import io.telpher.protocol.Priority;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.QueuePolicyFields;

/**
 * One number for everything a partition remembers but where frames lie: the same records give the same number, whether applied once,
 * again, or through a snapshot. Walks tasks by id and queues in creation order, never a hash table.
 */
public final class StateHash {
    private static final PolicyField[] POLICY_FIELDS = PolicyField.values();

    private final PartitionState state;
    private final TaskCursor task;
    private long hash;

    public StateHash(PartitionState state) {
        this.state = state;
        this.task = state.newCursor();
    }

    public long value() {
        hash = Mix.mix(state.partitionId);
        add(state.nowMs(), state.term(), state.retentionMs(), state.submitted, state.completed, state.deaths);
        add(
                state.leases.lastLeaseId(),
                state.tasks.nextSequence(),
                state.waiters().nextSerial(),
                state.semanticsVersion());
        add(state.hashKey().key0(), state.hashKey().key1());
        if (!state.handOvers().isTrivial()) {
            addHandOvers(state.handOvers());
        }
        add(state.queues().makers().session(), state.queues().makers().maker());
        add(
                state.queues().limits().queuesMax(),
                state.queues().limits().perMakerMax(),
                state.queues().limits().idleTtlMs());
        for (int number = 0; number < state.queues().numbers(); number++) {
            TaskQueue queue = state.queues().at(number);
            if (queue != null) {
                addQueue(queue);
            }
        }
        for (long sequence = state.nextPresent(0);
                sequence <= state.lastSequence();
                sequence = state.nextPresent(sequence)) {
            if (task.moveTo(sequence)) {
                addTask();
            }
        }
        add(state.finished.bytes(), state.finished.bytesMax(), state.finished.crowdedAtMs());
        state.finished.line.forEach(this::add);
        return hash;
    }

    private void addHandOvers(HandOvers handOvers) {
        add(handOvers.lastNumber());
        add(handOvers.taken());
        add(handOvers.given());
        add(handOvers.settled());
        handOvers.owed().forEach(owed -> add(owed.number(), owed.target(), owed.bytes(), owed.maker()));
    }

    private void addQueue(TaskQueue queue) {
        hash = Mix.add(hash, Mix.text(queue.name()));
        add(queue.index(), queue.isListed() ? 1 : 0, queue.maker(), queue.isEntered() ? queue.deadlineMs : 0);
        addPolicy(queue.ownPolicy());
        addPolicy(queue.policy());
        add(queue.paused() ? 1 : 0, queue.refusesSubmits() ? 1 : 0, queue.submitted(), queue.completed());
        add(queue.died());
        addRemark(queue.pause());
        addRemark(queue.note());
        for (int priority = 0; priority < Priority.COUNT; priority++) {
            add(queue.ready.credit(priority));
            queue.ready.seen(priority, true).forEachLive(state.tasks, this::add);
            queue.ready.seen(priority, false).forEachLive(state.tasks, this::add);
        }
        state.whileDeadPassAfter(queue, 0, sequence -> {
            add(sequence);
            return true;
        });
        queue.waiting.forEach(waiter -> add(
                waiter.serial(), waiter.session().id(), waiter.requestId(), waiter.deadlineMs, waiter.weightsHash()));
    }

    private void addRemark(Remark remark) {
        hash = Mix.add(hash, Mix.text(remark.text()));
        hash = Mix.add(hash, Mix.text(remark.by()));
        add(remark.atMs());
    }

    private void addPolicy(QueuePolicyFields policy) {
        for (PolicyField field : POLICY_FIELDS) {
            add(policy.get(field));
        }
    }

    private void addTask() {
        add(task.sequence(), task.page().bits[task.row()], task.submitCrc(), task.submitBytes(), task.createdStampMs());
        add(task.startedStampMs(), task.attempts(), task.crashes(), task.replays(), task.leaseId(), task.expiry());
        hash = Mix.add(hash, task.kind().contentHash());
        Lease lease = task.lease();
        if (lease == null) {
            add(task.due());
        } else {
            add(lease.deadlineMs, lease.leaseMs, lease.progress, task.session());
            add(lease.grace.ordinal(), lease.started ? 1 : 0);
        }
        if (task.state() == TaskState.DEAD) {
            add(task.errorFingerprint(), task.death());
        }
        add(task.followUps());
        int slot = task.keySlot();
        if (slot != IdempotencyIndex.NONE) {
            IdempotencyIndex keys = state.keys();
            add(
                    keys.high(slot),
                    keys.low(slot),
                    keys.content(slot),
                    keys.windowEndMs(slot),
                    keys.isLinked(slot) ? 1 : 0);
        }
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
