package io.telpher.test;

import io.telpher.protocol.DeadReason;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Extend;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.lease.Progress;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.task.ListTasks;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The tasks of an {@link InMemoryBroker}, and the rules of docs/PROTOCOL.md as far as it has them. Not thread-safe: whoever calls holds its lock. */
final class MemoryTasks {
    static final int TASKS_MAX = 100_000;
    private static final int CRASHES_MAX = 10;
    private static final long GRACE_MS = 2_000;
    private static final Comparator<MemoryTask> ORDER = Comparator.<MemoryTask>comparingInt(
                    task -> task.view.priority.ordinal())
            .thenComparing(task -> task.view.attempts > 0)
            .thenComparingLong(task -> task.view.taskId);

    /** A request that can't be done. */
    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1;
        final transient Problem problem;

        Refusal(ErrorCode code, String message) {
            super(message);
            problem = new Problem(code, message);
        }
    }

    /**
     * A reserve, or a wait for a task's end, that is not answered yet.
     *
     * @param reserve null = a wait
     */
    record Waiter(
            MemoryConnection connection,
            int requestId,
            long endMs,
            long taskId,
            @Nullable Demand reserve) {}

    /** What a reserve asks for. */
    record Demand(int max, int visibilityTimeoutMs, String worker, List<String> queues) {}

    /** @param duplicate whether the key stood for it already */
    record Accepted(MemoryTask task, boolean duplicate) {}

    private final LongSupplier clock;
    private final NavigableMap<Long, MemoryTask> tasks = new TreeMap<>();
    private final List<Waiter> waiters = new ArrayList<>();
    private long lastTask;
    private long lastLease;

    MemoryTasks(LongSupplier clock) {
        this.clock = clock;
    }

    long nowMs() {
        return clock.getAsLong();
    }

    // ---- producers

    Accepted submit(Submit submit) {
        for (MemoryTask task : tasks.values()) {
            if (!submit.idempotencyKey().isEmpty()
                    && task.view.idempotencyKey.equals(submit.idempotencyKey())
                    && task.view.queue.equals(submit.queue())
                    && task.keepsKey(nowMs())) {
                if (!task.isLike(submit)) {
                    throw new Refusal(
                            ErrorCode.IDEMPOTENCY_MISMATCH,
                            "the idempotency key belongs to task " + TaskId.format(task.view.taskId)
                                    + ", whose content differs");
                }
                return new Accepted(task, true);
            }
        }
        if (tasks.size() >= TASKS_MAX) {
            throw new Refusal(ErrorCode.QUEUE_FULL, "the in-memory broker holds " + TASKS_MAX + " tasks at most");
        }
        MemoryTask task = new MemoryTask(++lastTask, submit, nowMs());
        tasks.put(task.view.taskId, task);
        return new Accepted(task, false);
    }

    List<Accepted> submitAll(Frames frames) {
        List<Accepted> accepted = new ArrayList<>();
        while (frames.next()) {
            accepted.add(submit(new Submit().wrap(frames.buffer(), frames.offset())));
        }
        return accepted;
    }

    MemoryTask get(long taskId) {
        MemoryTask task = tasks.get(taskId);
        if (task == null) {
            throw new Refusal(ErrorCode.TASK_NOT_FOUND, "there is no task " + TaskId.format(taskId));
        }
        return task;
    }

    MemoryTask cancel(long taskId) {
        MemoryTask task = get(taskId);
        if (task.view.state.isPending()) {
            finish(task, TaskState.CANCELLED);
        } else if (task.view.state == TaskState.ACTIVE) {
            task.view.cancelRequested = true;
            if (task.holder != null) {
                task.holder.cancelRequested(task.view);
            }
        } else if (task.view.state != TaskState.CANCELLED) {
            throw new Refusal(
                    ErrorCode.TASK_FINAL,
                    "task " + TaskId.format(taskId) + " is " + task.view.state.word() + " already");
        }
        return task;
    }

    List<TaskView> list(ListTasks asked) {
        return tasks.tailMap(asked.afterTaskId(), false).values().stream()
                .filter(task -> asked.stateMask() == 0 || (asked.stateMask() & task.view.state.mask()) != 0)
                .filter(task -> asked.queue().isEmpty() || asked.queue().equals(task.view.queue))
                .filter(task -> asked.taskType().isEmpty() || asked.taskType().equals(task.view.type))
                .limit(asked.limit())
                .map(task -> task.shown(false))
                .toList();
    }

    // ---- workers

    void waitFor(Waiter waiter) {
        waiters.add(waiter);
    }

    /** The worker takes no more: what it waits for is answered with nothing. */
    void endReserves(MemoryConnection connection) {
        waiters.removeIf(waiter -> {
            boolean ends = waiter.connection() == connection && waiter.reserve() != null;
            if (ends) {
                connection.deliveries(waiter.requestId(), List.of());
            }
            return ends;
        });
    }

    private List<MemoryTask> lease(MemoryConnection connection, Demand demand) {
        List<MemoryTask> leased = new ArrayList<>();
        for (String queue : demand.queues()) {
            tasks.values().stream()
                    .filter(task -> task.view.state == TaskState.READY && task.view.queue.equals(queue))
                    .sorted(ORDER)
                    .limit(demand.max() - leased.size())
                    .toList()
                    .forEach(task -> {
                        lease(task, connection, demand);
                        leased.add(task);
                    });
        }
        return leased;
    }

    private void lease(MemoryTask task, MemoryConnection connection, Demand demand) {
        int leaseMs = demand.visibilityTimeoutMs() == 0 ? task.view.visibilityTimeoutMs : demand.visibilityTimeoutMs();
        task.view.state = TaskState.ACTIVE;
        task.view.leaseId = ++lastLease;
        task.view.visibilityTimeoutMs = leaseMs;
        task.view.leaseDeadlineMs = nowMs() + leaseMs;
        task.view.startedAtMs = nowMs();
        task.view.attempts++;
        task.view.worker = demand.worker();
        task.holder = connection;
        task.begun = false;
        task.orphaned = false;
        task.leaseGivenUp = false;
    }

    MemoryTask ack(Ack ack) {
        MemoryTask task = get(ack.taskId());
        if (task.view.state == TaskState.COMPLETED && task.view.leaseId == ack.leaseId()) {
            return task;
        }
        if (task.view.state == TaskState.CANCELLED || task.view.state == TaskState.EXPIRED) {
            throw new Refusal(ErrorCode.TASK_FINAL, "task " + TaskId.format(ack.taskId()) + " is over");
        }
        boolean isLate = task.view.state.isPending() || task.view.state == TaskState.DEAD;
        if (!task.isLeasedAs(ack.leaseId()) && !(isLate && task.view.leaseId == ack.leaseId() && !task.leaseGivenUp)) {
            throw stale(task);
        }
        task.followUps = submitAll(ack.followUps()).stream()
                .mapToLong(accepted -> accepted.task().view.taskId)
                .toArray();
        if (ack.hasResult()) {
            task.view.result = new Result(ack.resultContentType(), ByteBuffer.wrap(ack.result()), true);
        }
        finish(task, TaskState.COMPLETED);
        return task;
    }

    MemoryTask nack(Nack nack) {
        MemoryTask task = held(nack.taskId(), nack.leaseId());
        task.view.lastError = nack.error();
        task.leaseGivenUp = true;
        failed(task, nack.permanent() ? DeadReason.PERMANENT : null, nack.retryAfterMs());
        return task;
    }

    MemoryTask release(long taskId, long leaseId) {
        MemoryTask task = held(taskId, leaseId);
        task.leaseGivenUp = true;
        task.view.attempts--;
        ready(task);
        return task;
    }

    MemoryTask extend(MemoryConnection connection, Extend extend) {
        MemoryTask task = held(extend.taskId(), extend.leaseId());
        int leaseMs = extend.visibilityTimeoutMs() == 0 ? task.view.visibilityTimeoutMs : extend.visibilityTimeoutMs();
        task.view.leaseDeadlineMs = nowMs() + leaseMs;
        task.begun |= !extend.notStarted();
        task.holder = connection;
        task.orphaned = false;
        return task;
    }

    MemoryTask progress(Progress progress) {
        MemoryTask task = held(progress.taskId(), progress.leaseId());
        task.view.progress = progress.percent();
        task.view.progressNote = progress.note();
        task.begun = true;
        return task;
    }

    private MemoryTask held(long taskId, long leaseId) {
        MemoryTask task = get(taskId);
        if (!task.isLeasedAs(leaseId)) {
            throw stale(task);
        }
        return task;
    }

    private static Refusal stale(MemoryTask task) {
        return new Refusal(
                ErrorCode.STALE_LEASE,
                "task " + TaskId.format(task.view.taskId) + " is " + task.view.state.word()
                        + " and not leased under this id");
    }

    /** Its leases wait for it to come back. */
    void disconnected(MemoryConnection connection) {
        waiters.removeIf(waiter -> waiter.connection() == connection);
        for (MemoryTask task : tasks.values()) {
            if (task.view.state == TaskState.ACTIVE && task.holder == connection) {
                task.orphaned = true;
                task.view.leaseDeadlineMs = Math.min(task.view.leaseDeadlineMs, nowMs() + GRACE_MS);
            }
        }
    }

    // ---- what time does, and who is served by it

    /** Does what is due, and answers who waits; returns when it has to be called again, by the clock. */
    long turn() {
        long now = nowMs();
        long nextMs = Long.MAX_VALUE;
        for (MemoryTask task : tasks.values()) {
            due(task, now);
            nextMs = Math.min(nextMs, nextMs(task));
        }
        for (Iterator<Waiter> each = waiters.iterator(); each.hasNext(); ) {
            Waiter waiter = each.next();
            if (isServed(waiter, now)) {
                each.remove();
            } else {
                nextMs = Math.min(nextMs, waiter.endMs());
            }
        }
        for (MemoryTask task : tasks.values()) {
            nextMs = Math.min(nextMs, nextMs(task)); // of what was leased just now
        }
        return nextMs;
    }

    private boolean isServed(Waiter waiter, long now) {
        Demand demand = waiter.reserve();
        if (demand == null) {
            MemoryTask task = get(waiter.taskId());
            if (task.view.state.isFinal() || now >= waiter.endMs()) {
                waiter.connection().task(waiter.requestId(), task.shown(false));
                return true;
            }
            return false;
        }
        List<MemoryTask> leased = lease(waiter.connection(), demand);
        if (leased.isEmpty() && now < waiter.endMs()) {
            return false;
        }
        waiter.connection().deliveries(waiter.requestId(), leased);
        return true;
    }

    private void due(MemoryTask task, long now) {
        TaskView view = task.view;
        if (view.state.isPending() && view.expiresAtMs > 0 && now >= view.expiresAtMs) {
            finish(task, TaskState.EXPIRED);
        } else if (view.state == TaskState.ACTIVE && now >= view.leaseDeadlineMs) {
            crashed(task);
        }
        if ((view.state == TaskState.SCHEDULED || view.state == TaskState.RETRY_WAIT) && now >= view.nextRunAtMs) {
            ready(task);
        }
    }

    private static long nextMs(MemoryTask task) {
        TaskView view = task.view;
        if (view.state == TaskState.ACTIVE) {
            return view.leaseDeadlineMs;
        }
        long runMs = view.state.isPending() && view.state != TaskState.READY ? view.nextRunAtMs : Long.MAX_VALUE;
        return view.state.isPending() && view.expiresAtMs > 0 ? Math.min(runMs, view.expiresAtMs) : runMs;
    }

    private void crashed(MemoryTask task) {
        task.view.crashes++;
        if (task.orphaned && !task.begun) {
            task.view.attempts--;
            if (task.view.crashes < CRASHES_MAX && !task.view.cancelRequested) {
                ready(task);
                return;
            }
        }
        task.view.lastError = task.orphaned ? "the worker's connection closed" : "the lease ran out";
        boolean isPoison = task.view.crashes >= CRASHES_MAX || task.view.attempts > task.view.maxRetries;
        failed(task, isPoison ? DeadReason.POISON : null, -1);
    }

    private void failed(MemoryTask task, @Nullable DeadReason forGood, long retryAfterMs) {
        if (task.view.cancelRequested) {
            finish(task, TaskState.CANCELLED);
        } else if (forGood != null || task.view.attempts > task.view.maxRetries) {
            task.view.deadReason = forGood == null ? DeadReason.RETRIES_EXHAUSTED : forGood;
            finish(task, TaskState.DEAD);
        } else {
            task.view.state = TaskState.RETRY_WAIT;
            task.view.nextRunAtMs = nowMs() + (retryAfterMs < 0 ? task.backoffMs() : retryAfterMs);
            task.view.leaseDeadlineMs = 0;
        }
    }

    private void ready(MemoryTask task) {
        task.view.state = task.view.cancelRequested ? TaskState.CANCELLED : TaskState.READY;
        task.view.nextRunAtMs = 0;
        task.view.leaseDeadlineMs = 0;
    }

    private void finish(MemoryTask task, TaskState state) {
        task.view.state = state;
        task.view.finishedAtMs = nowMs();
        task.view.nextRunAtMs = 0;
        task.view.leaseDeadlineMs = 0;
    }

    static Demand demand(Reserve reserve) {
        List<String> queues = Reserve.queuesOf(reserve).stream()
                .map(name -> name.indexOf(':') < 0 ? name : name.substring(0, name.indexOf(':')))
                .toList();
        return new Demand(reserve.max(), reserve.visibilityTimeoutMs(), reserve.worker(), queues);
    }
}
