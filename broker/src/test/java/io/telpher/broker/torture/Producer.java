package io.telpher.broker.torture;

import io.telpher.protocol.Priority;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Submits tasks one after the other, some with a key; what got no answer is sent again when it has one. */
final class Producer implements Runnable {
    private static final int ATTEMPTS_MAX = 100;
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
            long submission = submissions.incrementAndGet();
            Api.Task task = task(submission);
            long taskId = send(submission, task);
            if (taskId >= 0 && random.nextInt(40) == 0) {
                cancel(taskId);
            }
            LockSupport.parkNanos(this, PAUSE_NANOS);
        }
    }

    private Api.Task task(long submission) {
        return new Api.Task(
                traffic.anyQueue(random),
                Payload.of(submission, random),
                Priority.values()[random.nextInt(Priority.values().length)],
                random.nextInt(20) == 0 ? 200 + random.nextInt(3_000) : 0,
                random.nextInt(4) == 0 ? "" : "key-" + submission);
    }

    /** The task's id; -1 when nobody knows. */
    private long send(long submission, Api.Task task) {
        boolean unanswered = false;
        for (int i = 0; i < ATTEMPTS_MAX; i++) {
            long sent = history.now();
            history.add(sending(submission, task));
            try {
                long taskId = api.submit(task);
                history.add(Event.of(Event.Kind.ACCEPTED)
                        .submission(submission)
                        .task(taskId)
                        .sent(sent));
                traffic.accepted();
                return taskId;
            } catch (Api.Refused e) {
                history.add(Event.of(Event.Kind.REFUSED)
                        .submission(submission)
                        .extra(unanswered ? 0 : 1)
                        .text(e.code()));
                if (!Traffic.isPassing(e)) {
                    throw new IllegalStateException("the broker refused a good submit", e);
                }
            } catch (Api.NoAnswer e) {
                unanswered = true;
                history.add(Event.of(Event.Kind.UNKNOWN).submission(submission));
                if (task.key().isEmpty()) {
                    return -1;
                }
            }
            LockSupport.parkNanos(this, RETRY_NANOS);
        }
        return -1;
    }

    static Event sending(long submission, Api.Task task) {
        return Event.of(Event.Kind.SUBMIT)
                .submission(submission)
                .crc(Payload.crc(task.payload()))
                .extra(task.delayMs())
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
