package io.telpher.broker.core.state;

import io.telpher.broker.core.hash.HashKey;
import io.telpher.broker.core.queue.BasePolicy;
import io.telpher.broker.core.queue.CopyOnChange;
import io.telpher.broker.core.queue.QueueLimits;
import io.telpher.broker.core.queue.QueueMakers;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.queue.TaskTable;
import io.telpher.broker.core.table.Bytes;
import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.table.SlotTable;
import io.telpher.broker.core.time.DeadlineWheel;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.queue.QueuePolicyFields;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All queues, by number, by name, and in the order of their names. A number is used again once nothing bears it: a queue is there from its first task or
 * policy until it is deleted; before and after that its name is kept, unlisted, as long as reserves wait for it or tasks of it are remembered.
 */
public final class Queues {
    private static final int SEGMENT_BITS = 6;

    /** By number. */
    private final List<@Nullable TaskQueue> slots = new ArrayList<>();

    private final BitSet used = new BitSet();
    /** No number below it is free. */
    private int lowestFree;

    private final SlotTable byName =
            new SlotTable(SEGMENT_BITS, slot -> get(slot).hash());
    private final NavigableMap<String, TaskQueue> listed = new TreeMap<>();
    /** Since when nothing needs them. */
    private final DeadlineWheel<TaskQueue> idle = new DeadlineWheel<>();

    private final BasePolicy base = new BasePolicy();
    private final QueueMakers makers = new QueueMakers();
    private final CopyOnChange copying;
    private final TaskTable tasks;
    private final HashKey secret;
    private final Consumer<TaskQueue> deleted;
    private QueueLimits limits = QueueLimits.DEFAULT;

    /** @param deleted is told of each queue that is there no more */
    Queues(CopyOnChange copying, HashKey secret, TaskTable tasks, Consumer<TaskQueue> deleted) {
        this.deleted = deleted;
        this.copying = copying;
        this.secret = secret;
        this.tasks = tasks;
    }

    /** Without names that are only waited for, or whose queue was deleted. */
    public int count() {
        return listed.size();
    }

    /** Names that are kept without their queue being there. */
    public int unlistedCount() {
        return byName.count() - listed.size();
    }

    public QueueLimits limits() {
        return limits;
    }

    public void limits(QueueLimits next) {
        limits = next;
    }

    public QueueMakers makers() {
        return makers;
    }

    /** All numbers that there are lie below it. */
    public int numbers() {
        return slots.size();
    }

    TaskQueue get(int number) {
        return Invariant.present(at(number), "a queue that is not there");
    }

    @Nullable
    public TaskQueue at(int number) {
        return number >= 0 && number < slots.size() ? slots.get(number) : null;
    }

    /** The queues behind this name, in the order of names: from {@code ""} all. */
    public Iterable<TaskQueue> inOrder(String after) {
        return listed.tailMap(after, false).values();
    }

    public @Nullable TaskQueue find(ByteBuffer buffer, int offset, int length) {
        TaskQueue queue = named(buffer, offset, length);
        return queue == null || !queue.isListed() ? null : queue;
    }

    public @Nullable TaskQueue find(String name) {
        TaskQueue queue = named(name);
        return queue == null || !queue.isListed() ? null : queue;
    }

    private @Nullable TaskQueue named(ByteBuffer buffer, int offset, int length) {
        long hash = secret.of(buffer, offset, length);
        for (int slot = byName.first(hash); slot != SlotTable.NONE; slot = byName.next()) {
            if (Bytes.equal(get(slot).name(), buffer, offset, length)) {
                return get(slot);
            }
        }
        return null;
    }

    /** Also a name that is only waited for, or whose queue was deleted. */
    public @Nullable TaskQueue named(String name) {
        for (int slot = byName.first(secret.of(name)); slot != SlotTable.NONE; slot = byName.next()) {
            if (get(slot).name().equals(name)) {
                return get(slot);
            }
        }
        return null;
    }

    /** Places looked at to find queues, for tests of what it costs. */
    long looks() {
        return byName.looks();
    }

    /** A queue that is not there yet: {@link #create} or {@link #await} makes it one, dropping it leaves no trace. */
    public TaskQueue plan(String name) {
        TaskQueue kept = named(name);
        return kept != null ? kept : new TaskQueue(name, secret.of(name), base, copying, tasks);
    }

    /** Why this maker can't make another queue beside {@code planned} ones; null when it can. */
    public @Nullable Problem problem(long maker, int planned) {
        return limits.problem(count() + planned, maker == QueueMakers.NOBODY ? 0 : makers.names(maker) + planned);
    }

    /** Why a reserve of this maker can't wait for these names; null when it can. A name costs as much as a queue. */
    public @Nullable Problem awaitProblem(List<TaskQueue> queues, long maker) {
        int names = 0;
        for (TaskQueue each : queues) {
            names += each.index() < 0 ? 1 : 0;
        }
        return names == 0 ? null : limits.awaitProblem(unlistedCount() + names, makers.names(maker) + names);
    }

    /** Why the queue can't be deleted after its pending and dead tasks are purged; null when it can. */
    public @Nullable Problem purgeProblem(TaskQueue queue) {
        if (queue.name().equals(QueueName.DEFAULT)) {
            return bad("the queue \"default\" stays: its policy holds for the others");
        }
        return queue.tasks(TaskState.ACTIVE) > 0 ? holds(queue) : null;
    }

    /** Why the queue can't be deleted by {@link #delete} now; null when it can. */
    public @Nullable Problem deleteProblem(TaskQueue queue) {
        Problem problem = purgeProblem(queue);
        if (problem != null) {
            return problem;
        }
        return queue.hasTasksToPurge() ? holds(queue) : limits.deleteProblem(unlistedCount());
    }

    private static Problem bad(String message) {
        return new Problem(ErrorCode.BAD_REQUEST, message);
    }

    private static Problem holds(TaskQueue queue) {
        long running = queue.tasks(TaskState.ACTIVE);
        long pending = queue.pendingTasks();
        long dead = queue.deadLetters.size();
        return bad("queue \"" + queue.name() + "\" holds " + pending + " pending, " + running + " running and "
                + dead + " dead tasks: "
                + (running > 0
                        ? "cancel those that run, or wait until they are done"
                        : "delete it with purge to lose them"));
    }

    /** The planned queue is there. */
    public void create(TaskQueue planned, long maker, long nowMs) {
        Invariant.check(!planned.isListed(), "a queue created twice");
        keep(planned, maker);
        planned.list();
        listed.put(planned.name(), planned);
        settle(planned, nowMs);
    }

    /** The planned queue's name is kept, for a reserve that waits for it: {@link #settle} once it does not. */
    void await(TaskQueue planned, long maker) {
        if (planned.index() < 0) {
            keep(planned, maker);
        }
    }

    private void keep(TaskQueue planned, long maker) {
        if (planned.index() < 0) {
            enter(planned, used.nextClearBit(lowestFree));
        } else {
            makers.gaveBack(planned.maker());
        }
        planned.edit().maker(maker);
        makers.took(maker);
    }

    private void enter(TaskQueue queue, int number) {
        while (slots.size() <= number) {
            slots.add(null);
        }
        queue.numbered(number);
        slots.set(number, queue);
        used.set(number);
        lowestFree = used.nextClearBit(lowestFree);
        byName.add(number);
    }

    /** The queue is not there any more. It may hold nothing but tasks that are final and not dead. */
    public void delete(TaskQueue queue, long nowMs) {
        Invariant.check(queue.liveTasks() == 0 && queue.deadLetters.size() == 0, "deletion of a queue with tasks");
        queue.edit();
        listed.remove(queue.name());
        queue.unlist();
        deleted.accept(queue);
        settle(queue, nowMs);
    }

    /** After something left the queue or came to it: notes since when nothing needs it, and lets go of a name that means nothing any more. */
    public void settle(TaskQueue queue, long nowMs) {
        boolean idles = queue.isListed() && queue.isUnused() && !queue.name().equals(QueueName.DEFAULT);
        if (idles != queue.isEntered()) {
            queue.edit();
            if (idles) {
                queue.deadlineMs = nowMs;
                idle.add(queue);
            } else {
                idle.remove(queue);
            }
        }
        if (!queue.isListed() && queue.isUnused()) {
            drop(queue);
        }
    }

    private void drop(TaskQueue queue) {
        queue.edit();
        makers.gaveBack(queue.maker());
        byName.remove(queue.index());
        slots.set(queue.index(), null);
        used.clear(queue.index());
        lowestFree = Math.min(lowestFree, queue.index());
    }

    /** When the queue that nothing needs for longest is to go; {@link Deadlines#NEVER} when none is. */
    long idleEndMs() {
        return idle.isEmpty() || limits.idleTtlMs() == 0
                ? Deadlines.NEVER
                : Deadlines.inPurgeGrains(idle.first().deadlineMs + limits.idleTtlMs());
    }

    TaskQueue longestIdle() {
        return idle.first();
    }

    /** Sets the given fields of the queue's own policy, and through {@code default} those of queues that follow it. */
    public void put(TaskQueue queue, QueuePolicyFields changes, long nowMs) {
        queue.put(changes);
        if (queue.name().equals(QueueName.DEFAULT)) {
            base.set(queue.ownPolicy());
        }
        settle(queue, nowMs);
    }

    /** Why the queue's own policy can't be changed like this; null when it can. */
    public @Nullable Problem problem(TaskQueue queue, QueuePolicyFields changes) {
        Problem problem = changes.over(queue.ownPolicy()).problem();
        // By themselves they are looked at where they come in.
        return problem == null
                ? null
                : new Problem(problem.code(), problem.message() + ", together with what the queue has already");
    }

    // ---- for snapshots

    /** A queue of a snapshot that is read, in the order of their numbers. */
    public void restore(TaskQueue queue, int number, QueuePolicyFields policy) {
        Invariant.check(at(number) == null && named(queue.name()) == null, "two queues of one number or name");
        enter(queue, number);
        makers.took(queue.maker());
        queue.put(policy);
        if (queue.name().equals(QueueName.DEFAULT)) {
            base.set(policy);
        }
        if (queue.isListed()) {
            listed.put(queue.name(), queue);
        }
        if (queue.deadlineMs > 0) {
            idle.add(queue);
        }
    }
}
