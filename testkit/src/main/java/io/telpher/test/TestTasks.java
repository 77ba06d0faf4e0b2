package io.telpher.test;

import io.telpher.client.Operations;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Waits for tasks of a {@link TestBroker}. Thread-safe.
 *
 * <pre>{@code
 * try (TestBroker broker = TestBroker.inMemory(); Telpher telpher = broker.connect()) {
 *     TestTasks tasks = new TestTasks(broker, telpher);
 *     telpher.worker("mail").start(task -> Result.NONE);
 *     long id = telpher.submit(TaskSpec.type("mail").queue("mail")).taskId();
 *     assertEquals(TaskState.COMPLETED, tasks.await(id).state);
 *     tasks.drain("mail");
 * }
 * }</pre>
 */
public final class TestTasks {
    private static final int OPEN_MASK =
            TaskState.SCHEDULED.mask() | TaskState.READY.mask() | TaskState.RETRY_WAIT.mask() | TaskState.ACTIVE.mask();
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int PAGE = 1_000;
    private static final Duration LOOK = Duration.ofMillis(20);
    private static final int SHOWN_MAX = 10;

    private final TestBroker broker;
    private final Telpher client;
    private final Duration patience;

    /** Waits for 30 s at most where it waits. */
    public TestTasks(TestBroker broker, Telpher client) {
        this(broker, client, PATIENCE);
    }

    /** @param patience how long {@link #await} and {@link #drain} wait, by this machine's clock */
    public TestTasks(TestBroker broker, Telpher client, Duration patience) {
        this.broker = broker;
        this.client = client;
        this.patience = patience;
    }

    /**
     * Waits until the task is final. The clock stays as it is: what waits for its time needs {@link TestBroker#advance} or {@link #drain}.
     *
     * @return with its result, and the error of the last attempt
     * @throws AssertionError when it is not final in time
     */
    public TaskView await(long taskId) {
        TaskView task = client.waitFor(taskId, patience);
        if (!task.state.isFinal()) {
            throw new AssertionError("after " + patience + " not final: " + shown(task));
        }
        return task;
    }

    /**
     * Waits until nothing of a queue is pending or running. When all that is left waits for its time (delays, backoff), the clock is moved to it, so a task that fails ten times
     * with an hour between takes no longer than its handlers.
     *
     * @throws AssertionError when something is left after the patience is over; it says what
     */
    public void drain(String queue) {
        long endNanos = System.nanoTime() + patience.toNanos();
        Operations operations = client.operations();
        while (true) {
            List<TaskView> open = operations.list(0, PAGE, OPEN_MASK, queue, "").tasks();
            if (open.isEmpty()) {
                return;
            }
            if (System.nanoTime() - endNanos > 0) {
                throw new AssertionError("after " + patience + " queue " + queue + " has unfinished tasks: "
                        + open.stream().limit(SHOWN_MAX).map(TestTasks::shown).collect(Collectors.joining("; ")));
            }
            TaskView busy = busy(open);
            if (busy == null) {
                advanceToNext(open);
            } else {
                client.waitFor(busy.taskId, LOOK);
            }
        }
    }

    private static @Nullable TaskView busy(List<TaskView> open) {
        for (TaskView task : open) {
            if (task.state == TaskState.READY || task.state == TaskState.ACTIVE) {
                return task;
            }
        }
        return null;
    }

    private void advanceToNext(List<TaskView> waiting) {
        long nextMs = waiting.stream().mapToLong(task -> task.nextRunAtMs).min().orElse(0);
        long aheadMs = nextMs - broker.now().toEpochMilli();
        broker.advance(Duration.ofMillis(Math.max(1, aheadMs)));
    }

    private static String shown(TaskView task) {
        return TaskId.format(task.taskId) + " (" + task.type + ") is " + task.state.word() + " after " + task.attempts
                + " attempts" + (task.lastError.isEmpty() ? "" : ", last error: " + task.lastError);
    }
}
