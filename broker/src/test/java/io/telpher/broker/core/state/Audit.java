package io.telpher.broker.core.state;

import io.telpher.broker.core.queue.Lease;
import io.telpher.broker.core.queue.QueueMakers;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.table.IdempotencyIndex;
import io.telpher.broker.core.table.RowBits;
import io.telpher.broker.core.table.SequenceDeque;
import io.telpher.broker.core.time.TimerWheel;
import io.telpher.protocol.Priority;
import io.telpher.protocol.TaskState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Recounts everything from the rows and compares: every task in exactly one place, and every number right. */
public final class Audit {
    private final PartitionState state;
    private final TaskCursor task;
    private final Map<Long, List<String>> places = new HashMap<>();
    private final Set<String> timers = new HashSet<>();
    private final Set<String> runTimes = new HashSet<>();
    private final Set<String> expiries = new HashSet<>();
    private final Set<String> lifetimes = new HashSet<>();
    private final Set<String> keyWindows = new HashSet<>();
    private final long[] byState = new long[TaskState.values().length];
    private final Map<String, Long> byQueueAndState = new HashMap<>();
    private final Map<TaskKind, Long> byKind = new HashMap<>();
    private int keys;

    public Audit(PartitionState state) {
        this.state = state;
        this.task = state.newCursor();
    }

    /** @throws AssertionError naming the task and the rule */
    public void check() {
        collect(state.timers, timers);
        collect(state.runTimes, runTimes);
        collect(state.expiries, expiries);
        collect(state.lifetimes, lifetimes);
        collect(state.keyWindows, keyWindows);
        queues().forEach(this::collectPlaces);
        long[] retained = {0};
        state.finished.line.forEach(sequence -> {
            place(sequence, "finished");
            that(task.moveTo(sequence), "a finished task that is there");
            retained[0] += FinishedTasks.bytesOf(task);
        });
        that(retained[0] == state.finished.bytes(), "what finished tasks take");
        checkDead();
        long rows = 0;
        for (long sequence = 0; sequence <= state.lastSequence(); sequence++) {
            if (task.moveTo(sequence)) {
                checkTask();
                rows++;
            }
        }
        that(rows == state.tasks.rows(), "rows " + rows + " but counted " + state.tasks.rows());
        that(Arrays.equals(byState, state.tasksByState), "tasks by state");
        that(byState[TaskState.ACTIVE.ordinal()] == state.leases.count(), "as many leases as active tasks");
        for (Lease lease : state.leases.byDeadline.all()) {
            that(state.leases.byDeadline.first().deadlineMs <= lease.deadlineMs, "a lease before the first");
        }
        that(keys == state.keys().count(), "as many keys as tasks with one");
        that(byKind.size() == state.kinds.count(), "as many kinds as are in use");
        byKind.forEach((kind, count) -> that(kind.tasks == count, "tasks of kind " + kind.type));
        that(timers.isEmpty(), "timers that mean nothing: " + timers);
        that(runTimes.isEmpty(), "run times that mean nothing: " + runTimes);
        that(expiries.isEmpty(), "expiries that mean nothing: " + expiries);
        that(lifetimes.isEmpty(), "lifetimes that mean nothing: " + lifetimes);
        that(keyWindows.isEmpty(), "key windows that mean nothing: " + keyWindows);
        that(places.isEmpty(), "places hold tasks that are not there: " + places);
        queues().forEach(this::checkQueue);
        checkQueues();
    }

    private List<TaskQueue> queues() {
        List<TaskQueue> all = new ArrayList<>();
        for (int number = 0; number < state.queues().numbers(); number++) {
            TaskQueue queue = state.queues().at(number);
            if (queue != null) {
                all.add(queue);
            }
        }
        return all;
    }

    /** Names are kept exactly as long as something means them. */
    private void checkQueues() {
        Queues queues = state.queues();
        Map<Long, Long> byMaker = new HashMap<>();
        for (TaskQueue queue : queues()) {
            that(queues.at(queue.index()) == queue, "the number of " + queue.name());
            that((queues.find(queue.name()) == queue) == queue.isListed(), queue.name() + " is found");
            that(queue.isListed() || !queue.isUnused(), "nobody wants the name " + queue.name());
            boolean idles =
                    queue.isListed() && queue.isUnused() && !queue.name().equals("default");
            that(idles == queue.isEntered(), "idle: " + queue.name());
            byMaker.merge(queue.maker(), 1L, Long::sum);
        }
        byMaker.forEach((maker, names) ->
                that(maker == QueueMakers.NOBODY || queues.makers().names(maker) == names, "names of a maker"));
        List<String> listed = new ArrayList<>();
        queues.inOrder("").forEach(queue -> listed.add(queue.name()));
        that(
                listed.equals(queues().stream()
                        .filter(TaskQueue::isListed)
                        .map(TaskQueue::name)
                        .sorted()
                        .toList()),
                "all queues are listed");
        that(listed.size() == queues.count(), "number of queues");
    }

    private static void collect(TimerWheel wheel, Set<String> into) {
        int first = wheel.isEmpty() ? TimerWheel.NONE : wheel.first();
        wheel.forEach(timer -> {
            into.add(wheel.deadlineMs(timer) + " " + wheel.key(timer));
            that(wheel.deadlineMs(first) <= wheel.deadlineMs(timer), "a timer before the first");
        });
        that(into.size() == wheel.size(), "a wheel's slots hold as many timers as it has");
    }

    private void collectPlaces(TaskQueue queue) {
        for (int priority = 0; priority < Priority.COUNT; priority++) {
            for (boolean returned : new boolean[] {false, true}) {
                String lane = "lane " + queue.name() + " " + priority + " " + returned;
                long[] live = {0};
                queue.ready.seen(priority, returned).forEachLive(state.tasks, sequence -> {
                    place(sequence, lane);
                    live[0]++;
                });
                that(live[0] == queue.ready.seen(priority, returned).size(), "size of " + lane);
                SequenceDeque entries = queue.ready.seen(priority, returned).entries();
                that(
                        entries.isEmpty()
                                || live[0] > 0
                                        && entries.first()
                                                == queue.ready
                                                        .seen(priority, returned)
                                                        .first(state.tasks),
                        "what is stale goes when it is in front of " + lane
                                + ", so that a question walks past nothing");
            }
        }
        long[] dead = {0};
        state.whileDeadPassAfter(queue, 0, sequence -> {
            place(sequence, "dead " + queue.name());
            dead[0]++;
            return true;
        });
        that(dead[0] == queue.deadLetters.size(), "number of dead letters of " + queue.name());
    }

    /** The line of all queues, in its order. */
    private void checkDead() {
        long[] last = {0, 0};
        state.whileDeadPassAfter(null, 0, sequence -> {
            that(task.moveTo(sequence) && task.state() == TaskState.DEAD, "dead letters are dead");
            that(task.death() > last[0] && task.death() <= state.deaths, "dead letters in order");
            last[0] = task.death();
            last[1]++;
            return true;
        });
        that(last[1] == state.tasksByState[TaskState.DEAD.ordinal()], "every dead task is a dead letter");
    }

    private void place(long sequence, String where) {
        places.computeIfAbsent(sequence, any -> new ArrayList<>()).add(where);
    }

    private void checkTask() {
        TaskState is = task.state();
        byState[is.ordinal()]++;
        byQueueAndState.merge(task.queue() + " " + is, 1L, Long::sum);
        byKind.merge(task.kind(), 1L, Long::sum);
        List<String> found = places.remove(task.sequence());
        List<String> expected = expectedPlace(is);
        that(expected.equals(found == null ? List.of() : found), task.sequence() + " " + is + " lies in " + found);
        boolean waits = is == TaskState.SCHEDULED || is == TaskState.RETRY_WAIT;
        boolean runsAt = task.has(RowBits.RUNS_AT);
        that(!runsAt || waits, "only tasks that wait do so for the wall clock");
        Set<String> waited = runsAt ? runTimes : timers;
        that(!waits || waited.remove(task.due() + " " + task.sequence()), "a timer for " + task.sequence());
        that(!is.isPending() || !task.has(RowBits.EXPIRY_CAME), "an expiry that came and did nothing");
        boolean expires = !is.isFinal() && task.expiry() > 0 && !task.has(RowBits.EXPIRY_CAME);
        Set<String> ends = task.has(RowBits.EXPIRES_IN) ? lifetimes : expiries;
        that(!expires || ends.remove(task.expiry() + " " + task.sequence()), "an expiry for " + task.sequence());
        checkLease(is);
        checkKey();
    }

    private List<String> expectedPlace(TaskState is) {
        return switch (is) {
            case READY ->
                List.of("lane " + task.queue() + " " + task.priorityCode() + " " + task.has(RowBits.RETURNED));
            case DEAD -> List.of("dead " + task.queue());
            case COMPLETED, EXPIRED, DISCARDED, CANCELLED ->
                task.has(RowBits.RETENTION_OVER) ? List.of() : List.of("finished");
            default -> List.of();
        };
    }

    private void checkLease(TaskState is) {
        Lease lease = task.lease();
        that((lease != null) == (is == TaskState.ACTIVE), "a lease exactly when active");
        that(!task.cancelRequested() || is == TaskState.ACTIVE, "only running tasks are to be cancelled");
        if (lease != null) {
            that(lease.sequence == task.sequence(), "the lease of " + task.sequence());
            that(lease.isEntered(), "the deadline of " + task.sequence());
            that(task.leaseId() > 0 && task.leaseId() <= state.leases.lastLeaseId(), "a lease id that was given");
            that(task.attempts() > 0, "attempts of " + task.sequence());
            that(
                    lease.session == null || state.sessions().find(lease.session.id()) == lease.session,
                    "a known session");
        }
    }

    private void checkKey() {
        int slot = task.keySlot();
        if (slot == IdempotencyIndex.NONE) {
            return;
        }
        keys++;
        IdempotencyIndex index = state.keys();
        that(index.sequence(slot) == task.sequence(), "the key of " + task.sequence());
        boolean isOver = index.windowEndMs(slot) <= state.nowMs();
        boolean isLinked = index.find(index.high(slot), index.low(slot)) == slot;
        // A dead task remembers a key that is free by now; after a replay it may be another's.
        that(
                isLinked || isOver && (task.replays() > 0 || task.state() == TaskState.DEAD),
                "the key of " + task.sequence() + " is found");
        boolean watched = keyWindows.remove(index.windowEndMs(slot) + " " + task.sequence());
        that(watched || !isLinked || !task.state().isFinal(), "a key window for " + task.sequence());
    }

    private void checkQueue(TaskQueue queue) {
        for (TaskState each : TaskState.values()) {
            long counted = byQueueAndState.getOrDefault(queue.name() + " " + each, 0L);
            that(
                    counted == queue.tasks(each),
                    queue.name() + " counts " + queue.tasks(each) + " " + each + ", has " + counted);
        }
        that(queue.ready.size() == queue.tasks(TaskState.READY), "lanes of " + queue.name());
        that(
                queue.waiting.count() == 0 || queue.deliverable() == 0,
                "nobody waits for " + queue.name() + " while it has tasks");
    }

    private static void that(boolean holds, String rule) {
        if (!holds) {
            throw new AssertionError("audit: " + rule);
        }
    }
}
