package io.telpher.broker.partition.answer;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.partition.history.HistoryReplay;
import io.telpher.broker.partition.history.HistoryReplayPlan;
import io.telpher.broker.partition.history.TaskHistory;
import io.telpher.broker.partition.history.TaskStep;
import io.telpher.broker.partition.history.TaskSteps;
import io.telpher.broker.partition.run.ClientShares;
import io.telpher.broker.partition.session.Parked;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.session.Shares;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The look-backs under way, and what the last few found: with what this run remembers since, it stays good. Belongs to the partition's thread. */
final class HistoryReplays {
    private static final Logger LOG = LoggerFactory.getLogger(HistoryReplays.class);

    private static final int FOUND_MAX = 8;

    /** For so long a look-back that failed is not tried again. */
    private static final long FAILURE_MS = TimeUnit.MINUTES.toMillis(1);

    /** For all else that the broker does. */
    private static final long RESERVED_BYTES = 128 << 20;

    private final Partition partition;
    private final TaskHistory history;
    private final LongSupplier clock;
    private final HistoryReplayPlan plan;
    private final Shares shares;
    private final Parked<Long, Asker> askers;
    private final Map<Long, Run> runs = new HashMap<>();
    private final Queue<Run> ended = new ConcurrentLinkedQueue<>();
    private final Map<Long, Run> found = new LinkedHashMap<>(FOUND_MAX, 1, true);

    HistoryReplays(
            Partition partition, TaskHistory history, LongSupplier clock, HistoryReplayPlan plan, ClientShares shares) {
        this.partition = partition;
        this.history = history;
        this.clock = clock;
        this.plan = plan;
        this.shares = shares.lookBacks();
        this.askers = new Parked<>(shares.parking());
    }

    /** A session that waits for an answer. */
    static final class Asker extends Parked.Request<Long> {
        private final Run run;

        private Asker(Session session, int requestId, Run run) {
            super(session, requestId, run.taskId, Partition.NEVER);
            this.run = run;
        }
    }

    /** One look-back; its outcome is written by its thread before it is among the ended ones. */
    private static final class Run {
        final long taskId;
        /** In what this run of the broker remembers: the look-back ends here. */
        final long position;

        final String principal;
        final AtomicInteger askers = new AtomicInteger();
        long endedMs;
        String failure = "its thread ended";

        @Nullable
        TaskSteps steps;

        Run(long taskId, String principal, long position) {
            this.taskId = taskId;
            this.principal = principal;
            this.position = position;
        }

        boolean isAbandoned() {
            return askers.get() == 0;
        }
    }

    /** All that is known without looking back; null when looking back may tell more. */
    @Nullable
    TaskSteps known(long taskId) {
        TaskSteps remembered = history.of(taskId);
        Run run = found.get(taskId);
        if (remembered.isWhole() || run == null) {
            return remembered.isWhole() ? remembered : null;
        }
        boolean isGood =
                run.steps == null ? clock.getAsLong() - run.endedMs < FAILURE_MS : history.remembers(run.position);
        return isGood ? steps(run) : null;
    }

    private TaskSteps steps(Run run) {
        TaskSteps past = run.steps;
        if (past == null) {
            TaskSteps remembered = history.of(run.taskId);
            return new TaskSteps(remembered.steps(), remembered.sinceMs(), run.failure);
        }
        List<TaskStep> steps = new ArrayList<>(past.steps());
        if (history.remembers(run.position)) {
            steps.addAll(history.since(run.position, run.taskId));
        }
        return new TaskSteps(steps, past.sinceMs(), past.why());
    }

    /**
     * Has it looked up, up to the last record that was applied.
     *
     * @return why it can't wait for it; null when it does
     */
    @Nullable
    Problem ask(TaskCursor task, long appliedSequence, Session session, int requestId) {
        Run present = runs.get(task.taskId());
        return present == null ? begin(task, appliedSequence, session, requestId) : join(present, session, requestId);
    }

    private @Nullable Problem join(Run run, Session session, int requestId) {
        return run.isAbandoned()
                ? later("the one for this task was given up and is just ending")
                : park(new Asker(session, requestId, run));
    }

    private @Nullable Problem begin(TaskCursor task, long appliedSequence, Session session, int requestId) {
        String tooMany = shares.take(session.principal());
        if (tooMany != null) {
            return later(tooMany);
        }
        Run run = new Run(task.taskId(), session.principal(), history.position());
        Problem problem = park(new Asker(session, requestId, run));
        if (problem == null && !execute(run, task, appliedSequence)) {
            Asker asker = Objects.requireNonNull(askers.find(run.taskId), "a look-back without an asker");
            askers.remove(asker);
            problem = new Problem(ErrorCode.DRAINING, "the broker is stopping and begins no more look-backs");
        }
        if (problem == null) {
            runs.put(run.taskId, run);
        } else {
            shares.giveBack(run.principal);
        }
        return problem;
    }

    private @Nullable Problem park(Asker asker) {
        Problem problem = askers.park(asker);
        if (problem == null) {
            asker.run.askers.incrementAndGet();
        }
        return problem;
    }

    private static Problem later(String why) {
        return new Problem(ErrorCode.OVERLOADED, "no look-back can be begun: " + why + "; ask again in some seconds");
    }

    private boolean execute(Run run, TaskCursor task, long appliedSequence) {
        HistoryReplay.Wanted wanted = new HistoryReplay.Wanted(
                run.taskId,
                task.createdStampMs(),
                task.state().isFinal() ? task.finishedStampMs() : Long.MAX_VALUE,
                appliedSequence,
                bytesMax());
        HistoryReplay lookBack = new HistoryReplay(
                plan.directory(),
                plan.store(),
                partition.placement(),
                wanted,
                new HistoryReplay.Limits(run::isAbandoned, System::nanoTime));
        try {
            plan.thread().execute(() -> look(lookBack, run));
            return true;
        } catch (RejectedExecutionException e) {
            return false; // it was shut down: there is room for as many as there can be
        }
    }

    /** Half of the heap that is left beside this partition's tasks: a look-back that is too large would end the process. */
    private long bytesMax() {
        long heap = Runtime.getRuntime().maxMemory();
        return (heap - heap / 4 - RESERVED_BYTES - HistoryReplay.bytes(partition.counts())) / 2;
    }

    private void look(HistoryReplay lookBack, Run run) {
        long start = System.nanoTime();
        try {
            run.steps = lookBack.call();
            LOG.info(
                    "read {} changes of one task from the journal in {} ms",
                    run.steps.steps().size(),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
        } catch (HistoryReplay.FailedException e) {
            run.failure = String.valueOf(e.getMessage());
        } catch (IOException | RuntimeException | Error e) {
            // After any failure the asker is told that the history is incomplete, and why.
            LOG.warn("TQ-2022 the journal can't be read for a task's history; what this run remembers is shown", e);
            run.failure = "the journal can't be read: " + e;
        } finally {
            ended.add(run);
            plan.wakeUp().run();
        }
    }

    /** The connection is gone. */
    void forget(Session session) {
        askers.end(session);
    }

    List<Asker> of(Session session) {
        return askers.of(session);
    }

    /** This one is answered without waiting for it. */
    void giveUp(Asker asker) {
        askers.remove(asker);
        asker.run.askers.decrementAndGet();
    }

    /** The next one that can be answered, or whose session is over; null when there is none. */
    @Nullable
    Asker poll() {
        takeEnded();
        Asker next = askers.poll(clock.getAsLong());
        if (next != null) {
            next.run.askers.decrementAndGet();
        }
        return next;
    }

    /** All that is known for one who is answered. */
    TaskSteps steps(Asker asker) {
        return steps(asker.run);
    }

    private void takeEnded() {
        for (Run run = ended.poll(); run != null; run = ended.poll()) {
            runs.remove(run.taskId);
            run.endedMs = clock.getAsLong();
            if (!run.isAbandoned()) {
                found.put(run.taskId, run);
                found.keySet().removeIf(taskId -> found.size() > FOUND_MAX);
            }
            shares.giveBack(run.principal);
            askers.end(run.taskId);
        }
    }
}
