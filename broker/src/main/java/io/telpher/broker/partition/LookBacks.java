package io.telpher.broker.partition;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.TaskCursor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The look-backs under way, and what the last few found: with what this run remembers since, it stays good. Belongs to the partition's thread. */
final class LookBacks {
    private static final Logger LOG = LoggerFactory.getLogger(LookBacks.class);

    private static final int FOUND_MAX = 8;

    /** For so long a look-back that failed is not tried again. */
    private static final long FAILURE_MS = TimeUnit.MINUTES.toMillis(1);

    /** For all else that the broker does. */
    private static final long RESERVED_BYTES = 128 << 20;

    private final Partition partition;
    private final TaskHistory history;
    private final LongSupplier clock;
    private final LookBackPlan plan;
    private final Map<Long, Run> runs = new HashMap<>();
    private final Queue<Run> ended = new ConcurrentLinkedQueue<>();
    private final Map<Long, Run> found = new LinkedHashMap<>(FOUND_MAX, 1, true);

    LookBacks(Partition partition, TaskHistory history, LongSupplier clock, LookBackPlan plan) {
        this.partition = partition;
        this.history = history;
        this.clock = clock;
        this.plan = plan;
    }

    /** Who waits for an answer. */
    record Asker(Session session, int requestId) {}

    /** One look-back; its outcome is written by its thread before it is among the ended ones. */
    private static final class Run {
        final long taskId;
        /** In what this run of the broker remembers: the look-back ends here. */
        final long position;

        final List<Asker> askers = new CopyOnWriteArrayList<>();
        long endedMs;
        String failure = "its thread ended";

        @Nullable
        TaskSteps steps;

        Run(long taskId, long position) {
            this.taskId = taskId;
            this.position = position;
        }

        boolean isAbandoned() {
            return askers.stream().noneMatch(asker -> asker.session().isOpen());
        }
    }

    /** What a look-back found, to be told to whoever asked. */
    record Found(Asker asker, long taskId, TaskSteps steps) {}

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
     * @return false when too many wait already
     */
    boolean ask(TaskCursor task, long appliedSequence, Asker asker) {
        long taskId = task.taskId();
        Run present = runs.get(taskId);
        if (present != null) {
            present.askers.add(asker);
            return true;
        }
        Run run = new Run(taskId, history.position());
        run.askers.add(asker);
        LookBack.Wanted wanted = new LookBack.Wanted(
                taskId,
                task.createdAtMs(),
                task.state().isFinal() ? task.finishedAtMs() : Long.MAX_VALUE,
                appliedSequence,
                bytesMax());
        LookBack lookBack = new LookBack(
                plan.directory(),
                plan.store(),
                partition.placement(),
                wanted,
                new LookBack.Limits(run::isAbandoned, System::nanoTime));
        try {
            plan.thread().execute(() -> look(lookBack, run));
        } catch (RejectedExecutionException e) {
            return false;
        }
        runs.put(taskId, run);
        return true;
    }

    /** Half of the heap that is left beside this partition's tasks: a look-back that is too large would end the process. */
    private long bytesMax() {
        long heap = Runtime.getRuntime().maxMemory();
        return (heap - heap / 4 - RESERVED_BYTES - LookBack.bytes(partition.counts())) / 2;
    }

    private void look(LookBack lookBack, Run run) {
        long start = System.nanoTime();
        try {
            run.steps = lookBack.call();
            LOG.info(
                    "read {} changes of one task from the journal in {} ms",
                    run.steps.steps().size(),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
        } catch (LookBack.FailedException e) {
            run.failure = String.valueOf(e.getMessage());
        } catch (IOException | RuntimeException | Error e) {
            // Whatever it is: who asked is told that this is not all, and why.
            LOG.warn("TQ-2022 the journal can't be read for a task's history; what this run remembers is shown", e);
            run.failure = "the journal can't be read: " + e;
        } finally {
            ended.add(run);
            plan.wakeUp().run();
        }
    }

    /** Those who can be answered now. */
    List<Found> answerable() {
        List<Found> all = new ArrayList<>();
        for (Run run = ended.poll(); run != null; run = ended.poll()) {
            runs.remove(run.taskId);
            run.endedMs = clock.getAsLong();
            if (!run.isAbandoned()) {
                found.put(run.taskId, run);
                found.keySet().removeIf(taskId -> found.size() > FOUND_MAX);
            }
            for (Asker asker : run.askers) {
                all.add(new Found(asker, run.taskId, steps(run)));
            }
            run.askers.clear();
        }
        return all;
    }
}
