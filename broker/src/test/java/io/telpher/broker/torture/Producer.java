package io.telpher.broker.torture;

import io.telpher.protocol.Priority;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** Submits tasks one after the other and small batches, some with keys; what got no answer is sent again when it has them. */
final class Producer implements Runnable {
    private static final int ATTEMPTS_MAX = 100;
    private static final int BATCH_ONE_IN = 8;
    private static final int BATCH_TASKS_MAX = 4;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final Api api;
    private final History history;
    private final Traffic traffic;
    private final AtomicLong submissions;
    private final Random random;

    Producer(Api api, History history, Traffic traffic, Random random) {
        this.api = api;
        this.history = history;
        this.traffic = traffic;
        this.submissions = traffic.submissions();
        this.random = random;
    }

    @Override
    public void run() {
        while (traffic.isSubmitting()) {
            List<Long> taskIds = random.nextInt(BATCH_ONE_IN) == 0 ? submitBatch(anyQueues()) : submit();
            if (!taskIds.isEmpty() && random.nextInt(40) == 0) {
                cancel(taskIds.get(0));
            }
            LockSupport.parkNanos(this, PAUSE_NANOS);
        }
    }

    private List<Long> submit() {
        long submission = submissions.incrementAndGet();
        return send(submission, List.of(task(submission, traffic.anyQueue(random), isKeyed())));
    }

    private List<String> anyQueues() {
        return IntStream.range(0, 2 + random.nextInt(BATCH_TASKS_MAX - 1))
                .mapToObj(i -> traffic.anyQueue(random))
                .toList();
    }

    /**
     * One batch.
     *
     * @param queues of its tasks
     * @return the tasks' ids; empty when nobody knows
     */
    List<Long> submitBatch(List<String> queues) {
        long first = submissions.getAndAdd(queues.size()) + 1;
        boolean isKeyed = isKeyed();
        List<Api.Task> tasks = new ArrayList<>();
        for (String queue : queues) {
            tasks.add(task(first + tasks.size(), queue, isKeyed));
        }
        return send(first, tasks);
    }

    private boolean isKeyed() {
        return random.nextInt(4) > 0;
    }

    private Api.Task task(long submission, String queue, boolean isKeyed) {
        long aheadMs = 200L + random.nextInt(3_000);
        int when = random.nextInt(20);
        return new Api.Task(
                queue,
                Payload.of(submission, random),
                Priority.values()[random.nextInt(Priority.values().length)],
                when == 0 ? aheadMs : 0,
                when == 1 ? traffic.brokerWallMs() + aheadMs : 0,
                isKeyed ? "key-" + submission : "");
    }

    /**
     * Until there is an answer.
     *
     * @param first number of the first task; the others follow
     * @return the tasks' ids; empty when nobody knows
     */
    private List<Long> send(long first, List<Api.Task> tasks) {
        boolean unanswered = false;
        for (int i = 0; i < ATTEMPTS_MAX; i++) {
            long sent = history.now();
            noteSending(first, tasks);
            try {
                List<Long> taskIds = tasks.size() == 1 ? List.of(api.submit(tasks.get(0))) : api.submitBatch(tasks);
                for (int task = 0; task < tasks.size(); task++) {
                    history.add(Event.of(Event.Kind.ACCEPTED)
                            .submission(first + task)
                            .task(taskIds.get(task))
                            .sent(sent));
                    traffic.accepted();
                }
                return taskIds;
            } catch (Api.Refused e) {
                for (int task = 0; task < tasks.size(); task++) {
                    history.add(Event.of(Event.Kind.REFUSED)
                            .submission(first + task)
                            .extra(unanswered ? 0 : 1)
                            .text(e.code()));
                }
                if (!Traffic.isPassing(e)) {
                    throw new IllegalStateException("the broker refused a good submit", e);
                }
            } catch (Api.NoAnswer e) {
                unanswered = true;
                for (int task = 0; task < tasks.size(); task++) {
                    history.add(Event.of(Event.Kind.UNKNOWN).submission(first + task));
                }
                if (tasks.get(0).key().isEmpty()) {
                    return List.of();
                }
            }
            LockSupport.parkNanos(this, RETRY_NANOS);
        }
        return List.of();
    }

    private void noteSending(long first, List<Api.Task> tasks) {
        for (int task = 0; task < tasks.size(); task++) {
            history.add(sending(first + task, tasks.get(task)));
        }
        if (tasks.size() > 1) {
            history.add(Event.of(Event.Kind.BATCH).submission(first).extra(tasks.size()));
        }
    }

    static Event sending(long submission, Api.Task task) {
        return Event.of(Event.Kind.SUBMIT)
                .submission(submission)
                .crc(Payload.crc(task.payload()))
                .extra(task.delayMs())
                .sent(task.runAtMs())
                .text(task.queue() + " " + task.priority());
    }

    private void cancel(long taskId) {
        history.add(Event.of(Event.Kind.CANCEL).task(taskId));
        long sent = history.now();
        try {
            String state = api.cancel(taskId);
            history.add(Event.of(Event.Kind.CANCELLED).task(taskId).sent(sent).text(state));
        } catch (Api.Refused e) {
            if (!Traffic.isPassing(e) && !"TASK_FINAL".equals(e.code())) {
                throw new IllegalStateException("the broker refused a good cancel of " + taskId, e);
            }
        } catch (Api.NoAnswer e) {
            // Cancelled or not: both ends are allowed now.
            traffic.unanswered();
        }
    }
}
